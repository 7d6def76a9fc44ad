/**
 * \file    engine/torch/hessian.cc
 * \brief   Hessians times directions, by differentiating twice
 *
 * The one place where autograd is used. It has the derivatives of ATen's backward functions,
 * and what it costs elsewhere does not matter here: weights have no gradients, and only the
 * part of the network between a layer and the seeds is run.
 */
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "engine/torch/pass.h"

namespace torch_engine
{

namespace
{

/** The same values, outside of inference mode, as tensors that autograd may keep */
Tensor recordable(const Tensor &weights)
{
	return weights.defined() ? at::from_blob(weights.data_ptr(), weights.sizes(),
			       weights.strides(), weights.options())
				 : weights;
}

/** A network of ATen's functions alone: what is packed is multiplied unseen by autograd. */
std::shared_ptr<Network> make_plain(const Network &network)
{
	auto plain = std::make_shared<Network>(network);

	plain->cuts = false;
	plain->canvas = nullptr;
	for (Layer &layer : plain->layers) {
		layer.options = &plain->options;
		layer.recent = &plain->recent;
		layer.packed = nullptr;
		layer.norm = layer.cut = layer.folded_into = 0;
		for (Tensor &weights : layer.weights) {
			weights = recordable(weights);
		}
	}
	return plain;
}

/** Refuse operations that autograd does not see through. */
void check_operations(const engine_pass &pass, const struct graph_node **current)
{
	for (size_t i = 0; i < pass.activations.size(); i++) {
		const Layer &layer = pass.network->layers[i];
		const Activation &self = pass.activations[i];

		if (self.ran && !self.given
				&& (layer.operation->traits & UNRECORDED) != 0) {
			*current = layer.node;
			throw Failure{ CNNVIZ_ERROR_UNSUPPORTED,
				std::string("libtorch has no second derivative of ")
						+ layer.operation->name };
		}
	}
}

/** The gradient of <outputs, along> with respect to x; undefined where there is none */
Tensor differentiate(const std::vector<Tensor> &outputs, const Tensor &x,
		const std::vector<Tensor> &along, bool again)
{
	std::vector<Tensor> varying, weights;

	for (size_t i = 0; i < outputs.size(); i++) {
		if (outputs[i].defined() && outputs[i].requires_grad()) {
			varying.push_back(outputs[i]);
			weights.push_back(along[i]);
		}
	}
	return varying.empty() ? Tensor()
			       : torch::autograd::grad(varying, { x }, weights, again,
					       again, true)[0];
}

} // namespace

Tensor multiply_hessian(const Network &network,
		const std::vector<struct engine_start> &starts, const Seeds &seeds,
		const cnnviz_tensor *direction, const struct graph_node **current)
{
	c10::InferenceMode off(false);
	engine_pass pass{ make_plain(network), false,
		std::vector<Activation>(network.graph->node_count) };
	Activation &first = pass.activations[static_cast<size_t>(starts[0].node)];
	std::vector<Tensor> outputs, along;

	first.captured = first.tracked = true;
	for (size_t i = 0; i < seeds.count; i++) {
		pass.activations[static_cast<size_t>(seeds.nodes[i])].captured = true;
	}
	run_forward(pass, starts, current);
	check_operations(pass, current);
	for (size_t i = 0; i < seeds.count; i++) {
		outputs.push_back(pass.activations[static_cast<size_t>(seeds.nodes[i])]
						  .value);
		along.push_back(copy_in(network, seeds.values[i]));
	}
	Tensor gradient = differentiate(outputs, first.value, along, true);
	Tensor product = differentiate({ gradient }, first.value,
			{ copy_in(network, direction) }, false);

	return product.defined() ? product : at::zeros_like(first.value);
}

} // namespace torch_engine

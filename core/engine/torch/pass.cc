/**
 * \file    engine/torch/pass.cc
 * \brief   Forward and backward passes over a network
 *
 * Autograd is not used: it would build a graph for the weights too, which makes a
 * backward pass several times slower, and it does not support rules. Instead a backward
 * pass visits the nodes in reverse and calls the same functions as autograd, for the
 * gradient of the input only.
 */
#include "engine/torch/pass.h"

#include <algorithm>
#include <cstring>
#include <new>

engine_pass::~engine_pass()
{
	for (torch_engine::Activation &activation : activations) {
		network->options.tensor->unref(activation.tensor);
	}
}

namespace torch_engine
{

/* ---- Tensors of the host ------------------------------------------------------ */

Tensor wrap(const cnnviz_tensor_api *api, const cnnviz_tensor *tensor)
{
	at::IntArrayRef sizes(api->shape(tensor), api->rank(tensor));

	return at::from_blob(const_cast<float *>(api->data(tensor)), sizes,
			at::TensorOptions().dtype(at::kFloat));
}

namespace
{

cnnviz_tensor *create_host(const cnnviz_tensor_api *api, const Sizes &sizes)
{
	cnnviz_tensor *tensor = nullptr;

	if (api->create(nullptr, static_cast<uint32_t>(sizes.size()), sizes.data(),
			    &tensor)
			!= CNNVIZ_OK) {
		throw std::bad_alloc();
	}
	return tensor;
}

cnnviz_tensor *to_host(const cnnviz_tensor_api *api, const Tensor &value)
{
	Tensor here = value.to(at::kCPU).contiguous();
	cnnviz_tensor *tensor = create_host(api, here.sizes().vec());

	std::memcpy(api->mutable_data(tensor), here.data_ptr<float>(), here.nbytes());
	return tensor;
}

/** A copy on the network's device, since the caller may change its tensor later */
Tensor copy_in(const Network &network, const cnnviz_tensor *tensor)
{
	return wrap(network.options.tensor, tensor)
			.to(network.device, at::kFloat, false, true);
}

void check_canceled(const Network &network)
{
	const struct engine_options &options = network.options;

	if (options.canceled != nullptr && options.canceled(options.context)) {
		throw Failure{ CNNVIZ_ERROR_CANCELED, "interrupted" };
	}
}

Activation &find_activation(engine_pass &pass, int32_t node, bool captured)
{
	const struct graph *graph = pass.network->graph;

	if (node < 0 || static_cast<size_t>(node) >= graph->node_count) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			"there is no layer " + std::to_string(node) };
	}
	Activation &activation = pass.activations[static_cast<size_t>(node)];
	if (captured ? !activation.captured : !activation.ran) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			std::string("layer ") + graph->nodes[node].name
					+ " was not captured by this pass" };
	}
	return activation;
}

/* ---- Forward ------------------------------------------------------------------- */

/** How many times each node's output is read before the captures; -1: not run */
std::vector<int> count_readers(const engine_pass &pass)
{
	const struct graph *graph = pass.network->graph;
	std::vector<int> readers(graph->node_count, -1);

	for (size_t i = graph->node_count; i-- > 0;) {
		const struct graph_node &node = graph->nodes[i];

		if (pass.activations[i].captured) {
			readers[i] = std::max(readers[i], 0);
		}
		for (size_t j = 0; readers[i] >= 0 && j < node.input_count; j++) {
			int &count = readers[static_cast<size_t>(node.inputs[j])];
			count = std::max(count, 0) + 1;
		}
	}
	return readers;
}

/** Whether a node may overwrite the output of another, which no other node reads */
bool may_overwrite(const engine_pass &pass, size_t node, size_t other, int readers)
{
	const Layer &writer = pass.network->layers[node];
	const Layer &owner = pass.network->layers[other];

	return (writer.operation->traits & IN_PLACE) != 0 && other != 0 && readers == 1
			&& !pass.activations[other].captured && !owner.viewed
			&& (owner.operation->traits & (KEEPS_OUTPUT | VIEW)) == 0;
}

/** Release what neither another node nor a gradient needs. */
void forget(engine_pass &pass, size_t index, std::vector<int> &readers)
{
	const Layer &layer = pass.network->layers[index];
	Activation &self = pass.activations[index];
	unsigned traits = layer.operation->traits;

	if (!pass.backward || (traits & KEEPS_INPUTS) == 0) {
		self.inputs.clear();
	}
	if (pass.backward && (traits & KEEPS_OUTPUT) != 0) {
		self.output = self.value;
	}
	if (!pass.backward && (traits & LENDS) == 0) {
		self.own.reset();
	}
	for (size_t j = 0; j < layer.node->input_count; j++) {
		size_t input = static_cast<size_t>(layer.node->inputs[j]);
		Activation &source = pass.activations[input];

		if (--readers[input] > 0) {
			continue;
		}
		if (!source.captured) {
			source.value.reset();
		}
		if (!pass.backward) {
			source.own.reset();
		}
	}
}

void run_node(engine_pass &pass, size_t index, std::vector<int> &readers)
{
	const Layer &layer = pass.network->layers[index];
	const struct graph_node &node = *layer.node;
	size_t first = static_cast<size_t>(node.inputs[0]);
	Activation &self = pass.activations[index];
	Step step{ *pass.network, layer, pass.activations, self,
		may_overwrite(pass, index, first, readers[first]), CNNVIZ_RULE_PLAIN };

	for (size_t j = 0; j < node.input_count; j++) {
		self.inputs.push_back(step.source(j).value);
	}
	self.value = layer.operation->forward(step);
	self.ran = true;
	self.sizes = self.value.sizes().vec();
	forget(pass, index, readers);
}

} // namespace

void run_forward(engine_pass &pass, const cnnviz_tensor *input,
		const struct graph_node **current)
{
	const Network &network = *pass.network;
	std::vector<int> readers = count_readers(pass);
	Activation &start = pass.activations[0];

	start.value = copy_in(network, input);
	start.ran = true;
	start.sizes = start.value.sizes().vec();
	for (size_t i = 1; i < readers.size(); i++) {
		if (readers[i] < 0) {
			continue;
		}
		check_canceled(network);
		*current = &network.graph->nodes[i];
		run_node(pass, i, readers);
	}
	*current = nullptr;
}

cnnviz_tensor *take_activation(engine_pass &pass, int32_t node)
{
	const cnnviz_tensor_api *api = pass.network->options.tensor;
	Activation &activation = find_activation(pass, node, true);

	if (activation.tensor == nullptr) {
		activation.tensor = to_host(api, activation.value);
	}
	return api->ref(activation.tensor);
}

/* ---- Backward ------------------------------------------------------------------ */

namespace
{

void accumulate(Tensor &sum, const Tensor &gradient)
{
	sum = sum.defined() ? at::add(sum, gradient) : gradient;
}

/** Number of a node's inputs, the first ones, that get a gradient */
size_t gradient_inputs(const Layer &layer)
{
	return (layer.operation->traits & FIRST_ONLY) != 0 ? 1 : layer.node->input_count;
}

/** Nodes that are requested or have a requested one upstream */
std::vector<char> find_leads(const engine_pass &pass, const std::vector<char> &wanted)
{
	const std::vector<Layer> &layers = pass.network->layers;
	std::vector<char> leads = wanted;

	for (size_t i = 1; i < layers.size(); i++) {
		const int32_t *inputs = layers[i].node->inputs;

		for (size_t j = 0; j < gradient_inputs(layers[i]); j++) {
			if (leads[static_cast<size_t>(inputs[j])]) {
				leads[i] = 1;
			}
		}
	}
	return leads;
}

/** Pass a node's gradient on to the inputs that lead to a requested node. */
void spread(engine_pass &pass, size_t index, uint32_t rule,
		const std::vector<char> &leads, std::vector<Tensor> &gradients)
{
	const Layer &layer = pass.network->layers[index];
	const Tensor gradient = gradients[index];
	Step step{ *pass.network, layer, pass.activations, pass.activations[index], false,
		rule };

	for (size_t j = 0; j < gradient_inputs(layer); j++) {
		size_t input = static_cast<size_t>(layer.node->inputs[j]);

		if (leads[input]) {
			accumulate(gradients[input],
					layer.operation->backward(step, gradient, j));
		}
	}
}

void plant_seed(engine_pass &pass, int32_t node, const cnnviz_tensor *seed,
		std::vector<Tensor> &gradients)
{
	const Activation &activation = find_activation(pass, node, true);
	Tensor tensor = wrap(pass.network->options.tensor, seed);

	if (tensor.sizes() != at::IntArrayRef(activation.sizes)) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			std::string("the seed at layer ")
					+ pass.network->graph->nodes[node].name
					+ " has a shape that is not that of its "
					  "activation" };
	}
	accumulate(gradients[static_cast<size_t>(node)], copy_in(*pass.network, seed));
}

/**
 * Backpropagate the seeds in `gradients`; gradients of nodes that are not requested are
 * released.
 */
void walk_back(engine_pass &pass, uint32_t rule, const std::vector<char> &wanted,
		std::vector<Tensor> &gradients, const struct graph_node **current)
{
	std::vector<char> leads = find_leads(pass, wanted);

	for (size_t i = gradients.size(); i-- > 0;) {
		if (!gradients[i].defined() || !leads[i]) {
			continue;
		}
		check_canceled(*pass.network);
		if (i > 0) {
			*current = &pass.network->graph->nodes[i];
			spread(pass, i, rule, leads, gradients);
		}
		if (!wanted[i]) {
			gradients[i].reset();
		}
	}
	*current = nullptr;
}

} // namespace

void run_backward(engine_pass &pass, const Question &question,
		std::vector<cnnviz_tensor *> &gradients,
		const struct graph_node **current)
{
	const cnnviz_tensor_api *api = pass.network->options.tensor;
	std::vector<Tensor> at_node(pass.activations.size());
	std::vector<char> wanted(pass.activations.size(), 0);

	for (size_t i = 0; i < question.wanted_count; i++) {
		find_activation(pass, question.wanted[i], false);
		wanted[static_cast<size_t>(question.wanted[i])] = 1;
	}
	for (size_t i = 0; i < question.seed_count; i++) {
		plant_seed(pass, question.seed_nodes[i], question.seeds[i], at_node);
	}
	walk_back(pass, question.rule, wanted, at_node, current);
	gradients.reserve(question.wanted_count);
	for (size_t i = 0; i < question.wanted_count; i++) {
		size_t node = static_cast<size_t>(question.wanted[i]);

		gradients.push_back(at_node[node].defined()
						? to_host(api, at_node[node])
						: create_host(api,
								pass.activations[node]
										.sizes));
	}
}

} // namespace torch_engine

/**
 * \file    engine/torch/pass.h
 * \brief   Forward and backward passes over a network
 */
#ifndef TORCH_PASS_H
#define TORCH_PASS_H

#include "engine/torch/operation.h"

struct engine_network {
	std::shared_ptr<torch_engine::Network> shared;
};

struct engine_pass {
	std::shared_ptr<torch_engine::Network> network;
	bool backward;
	std::vector<torch_engine::Activation> activations;
	bool on_canvas = false; /* its input is what the network's canvas looks at */
	bool apart = false;     /* rectifiers are computed by themselves */

	~engine_pass();
};

namespace torch_engine
{

/** Find the nodes of a network that can be computed along with a convolution. */
void find_company(Network &network);

/* All of these throw: Failure, or ATen's exceptions. `current` is the node that is
 * running. */

/** The host's memory as a read-only tensor, without a copy */
Tensor wrap(const cnnviz_tensor_api *api, const cnnviz_tensor *tensor);

/** A copy on the network's device, since the caller may change its tensor later */
Tensor copy_in(const Network &network, const cnnviz_tensor *tensor);

/** engine.h's forward_from(); the pass is new, its captures are marked */
void run_forward(engine_pass &pass, const std::vector<struct engine_start> &starts,
		const struct graph_node **current);

/** A value as a new tensor of the host's */
cnnviz_tensor *to_host(const cnnviz_tensor_api *api, const Tensor &value);

/** engine.h's activation(): a new reference */
cnnviz_tensor *take_activation(engine_pass &pass, int32_t node);

/** Gradients of the marked inputs of a node, one for each input */
std::vector<Tensor> differentiate(const Step &step, const Tensor &gradient,
		const std::vector<char> &wanted);

/** Arguments of engine.h's backward(), or of backward_by_rules() */
struct Question {
	uint32_t rule;
	size_t seed_count;
	const int32_t *seed_nodes;
	const cnnviz_tensor *const *seeds;
	size_t wanted_count;
	const int32_t *wanted;
	const struct engine_rules *rules; /* null: the rule is that of all nodes */
};

/** engine.h's backward(): fills `gradients`, partly if it throws */
void run_backward(engine_pass &pass, const Question &question,
		std::vector<cnnviz_tensor *> &gradients,
		const struct graph_node **current);

/** Seeds of nodes */
struct Seeds {
	size_t count;
	const int32_t *nodes;
	const cnnviz_tensor *const *values;
};

/** engine.h's hessian_product() */
Tensor multiply_hessian(const Network &network,
		const std::vector<struct engine_start> &starts, const Seeds &seeds,
		const cnnviz_tensor *direction, const struct graph_node **current);

} // namespace torch_engine

#endif

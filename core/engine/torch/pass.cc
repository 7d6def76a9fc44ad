/**
 * \file    engine/torch/pass.cc
 * \brief   Forward and backward passes over a network
 *
 * Autograd is not used, except in hessian.cc: it would build a graph for the weights too, which makes a
 * backward pass several times slower, and it does not support rules. Instead a backward
 * pass visits the nodes in reverse and calls the same functions as autograd, for the
 * gradient of the input only.
 */
#include "engine/torch/pass.h"

#include <algorithm>
#include <new>

#include "engine/torch/canvas.h"
#include "engine/torch/invalid.h"
#include "engine/torch/rules.h"

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

Tensor copy_in(const Network &network, const cnnviz_tensor *tensor)
{
	return wrap(network.options.tensor, tensor)
			.to(network.device, at::kFloat, false, true);
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

} // namespace

cnnviz_tensor *to_host(const cnnviz_tensor_api *api, const Tensor &value)
{
	cnnviz_tensor *tensor = create_host(api, value.sizes().vec());

	/* Straight into the host's memory, from wherever it is and however it lies */
	wrap(api, tensor).copy_(value);
	return tensor;
}

namespace
{

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
		if (readers[i] < 0 || pass.activations[i].given) {
			continue;
		}
		for (size_t j = 0; j < node.input_count; j++) {
			int &count = readers[static_cast<size_t>(node.inputs[j])];
			count = std::max(count, 0) + 1;
		}
	}
	return readers;
}

/**
 * Whether a node may overwrite the output of another: no later node reads it, and none has
 * kept it for its gradient. A node that runs holds it once among its inputs.
 */
bool may_overwrite(const engine_pass &pass, size_t node, size_t other, int readers)
{
	const Layer &writer = pass.network->layers[node];
	const Layer &owner = pass.network->layers[other];

	return (writer.operation->traits & IN_PLACE) != 0 && other != 0 && readers == 1
			&& !pass.activations[other].captured && !owner.viewed
			&& pass.activations[other].value.use_count() <= 2
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

/** Compute a node, and what is told along with it, from what its inputs are. */
Tensor compute(engine_pass &pass, size_t index, const std::vector<int> &readers,
		const Layer *norm, const Layer *cut)
{
	const Layer &layer = pass.network->layers[index];
	size_t first = static_cast<size_t>(layer.node->inputs[0]);
	Step step{ *pass.network, layer, pass.activations, pass.activations[index],
		may_overwrite(pass, index, first, readers[first]), CNNVIZ_RULE_PLAIN,
		norm, cut };

	return layer.operation->forward(step);
}

void finish(engine_pass &pass, size_t index, const Tensor &value,
		std::vector<int> &readers)
{
	Activation &self = pass.activations[index];

	self.value = value;
	self.ran = true;
	self.sizes = value.sizes().vec();
	forget(pass, index, readers);
}

/**
 * Run a convolution along with the nodes behind it, except those after a capture. What
 * comes out of them is the same to the last bit whatever is captured: a convolution that
 * is asked for itself is computed once more.
 */
void run_in_company(engine_pass &pass, size_t index, std::vector<int> &readers)
{
	const std::vector<Layer> &layers = pass.network->layers;
	const std::vector<Activation> &activations = pass.activations;
	const Layer &layer = layers[index];
	auto runs = [&](size_t other) {
		return readers[other] >= 0 && !activations[other].given;
	};
	size_t norm = runs(layer.norm) ? layer.norm : 0;
	size_t cut = !pass.apart && runs(layer.cut)
					&& !activations[norm != 0 ? norm : index].captured
			? layer.cut
			: 0;
	Tensor alone, value;

	if (activations[index].captured || (norm == 0 && cut == 0)) {
		alone = compute(pass, index, readers, nullptr, nullptr);
	}
	if (norm != 0 || cut != 0) {
		value = compute(pass, index, readers, norm != 0 ? &layers[norm] : nullptr,
				cut != 0 ? &layers[cut] : nullptr);
	}
	finish(pass, index, alone.defined() ? alone : value, readers);
	for (size_t other : { norm, cut }) {
		if (other != 0) {
			finish(pass, other, value, readers);
		}
	}
}

void run_node(engine_pass &pass, size_t index, std::vector<int> &readers)
{
	const Layer &layer = pass.network->layers[index];
	Activation &self = pass.activations[index];

	if (self.ran) {
		return; /* with a convolution */
	}
	for (size_t j = 0; j < layer.node->input_count; j++) {
		self.inputs.push_back(
				pass.activations[static_cast<size_t>(
								 layer.node->inputs[j])]
						.value);
	}
	if (layer.norm != 0 || layer.cut != 0) {
		run_in_company(pass, index, readers);
	} else {
		finish(pass, index, compute(pass, index, readers, nullptr, nullptr),
				readers);
	}
}

/** How the maps of a node lie in memory in a whole pass: as a convolution leaves them */
at::MemoryFormat usual_order(const Network &network, size_t node)
{
	while (node != 0 && network.layers[node].packed == nullptr) {
		node = static_cast<size_t>(network.layers[node].node->inputs[0]);
	}
	return node != 0 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

/**
 * Let a node have a value without computing it. Sums over it depend on its order, in
 * their last bits.
 */
void give(engine_pass &pass, const struct engine_start &start)
{
	Activation &activation = pass.activations[static_cast<size_t>(start.node)];

	if (start.node == 0) {
		activation.value = seen_by(pass.network->canvas, start.value);
		pass.on_canvas = activation.value.defined();
	}
	if (!activation.value.defined()) {
		activation.value = copy_in(*pass.network, start.value);
	}
	if (activation.value.dim() == 4) {
		activation.value = activation.value.contiguous(usual_order(*pass.network,
				static_cast<size_t>(start.node)));
	}
	if (activation.tracked) {
		activation.value.requires_grad_();
	}
	activation.given = true;
	activation.ran = true;
	activation.sizes = activation.value.sizes().vec();
}

/** Run what captures need, once. */
void run_nodes(engine_pass &pass, const std::vector<struct engine_start> &starts,
		const struct graph_node **current)
{
	const Network &network = *pass.network;

	for (const struct engine_start &start : starts) {
		give(pass, start);
	}
	std::vector<int> readers = count_readers(pass);

	if (readers[0] >= 0 && !pass.activations[0].given) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			"the layers depend on the network's input, which is not given" };
	}
	for (size_t i = 1; i < readers.size(); i++) {
		if (readers[i] < 0 || pass.activations[i].given) {
			continue;
		}
		check_canceled(network);
		*current = &network.graph->nodes[i];
		run_node(pass, i, readers);
	}
	*current = nullptr;
}

/** Forget all that has been computed, but not what is to be captured. */
void start_over(engine_pass &pass)
{
	for (Activation &activation : pass.activations) {
		bool captured = activation.captured;

		activation = Activation();
		activation.captured = captured;
	}
}

} // namespace

/**
 * What is not a number passes a rectifier, except one that is computed along with a
 * convolution: once the processor has seen such a value, none is.
 */
void run_forward(engine_pass &pass, const std::vector<struct engine_start> &starts,
		const struct graph_node **current)
{
	bool cuts = pass.network->cuts;

	if (cuts) {
		clear_invalid();
	}
	run_nodes(pass, starts, current);
	if (cuts && found_invalid()) {
		start_over(pass);
		pass.apart = true;
		run_nodes(pass, starts, current);
	}
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

std::vector<Tensor> differentiate(const Step &step, const Tensor &gradient,
		const std::vector<char> &wanted)
{
	const Operation &operation = *step.layer.operation;
	std::vector<Tensor> gradients(wanted.size());

	if (operation.backward_all != nullptr) {
		return operation.backward_all(step, gradient, wanted);
	}
	for (size_t j = 0; j < wanted.size(); j++) {
		if (wanted[j]) {
			gradients[j] = operation.backward(step, gradient, j);
		}
	}
	return gradients;
}

namespace
{

void accumulate(Tensor &sum, const Tensor &gradient)
{
	sum = sum.defined() ? at::add(sum, gradient) : gradient;
}

/** Number of a node's inputs, the first ones, that get a gradient */
size_t gradient_inputs(const Layer &layer)
{
	unsigned traits = layer.operation->traits;

	return (traits & SOURCE) != 0                ? 0
			: (traits & FIRST_ONLY) != 0 ? 1
						     : layer.node->input_count;
}

/** Nodes that are requested or have a requested one upstream */
std::vector<char> find_leads(const engine_pass &pass, const std::vector<char> &wanted)
{
	const std::vector<Layer> &layers = pass.network->layers;
	std::vector<char> leads = wanted;

	for (size_t i = 1; i < layers.size(); i++) {
		const int32_t *inputs = layers[i].node->inputs;

		for (size_t j = 0; !pass.activations[i].given
				&& j < gradient_inputs(layers[i]);
				j++) {
			if (leads[static_cast<size_t>(inputs[j])]) {
				leads[i] = 1;
			}
		}
	}
	return leads;
}

/** A backward pass on its way */
struct Walk {
	engine_pass &pass;
	uint32_t rule;
	const struct engine_rules *rules; /* null: the rule is that of all nodes */
	std::vector<char> wanted, leads;
	std::vector<Tensor> gradients; /* of each node, as far as they have added up */
	/* Of a convolution whose batch norm has passed its gradient by it: what is its
	 * own, if it is wanted */
	std::vector<Tensor> aside;
};

/** Which inputs of a node lead to a requested node */
std::vector<char> find_wanted(const Walk &walk, const Layer &layer)
{
	std::vector<char> wanted(gradient_inputs(layer));

	for (size_t j = 0; j < wanted.size(); j++) {
		wanted[j] = walk.leads[static_cast<size_t>(layer.node->inputs[j])];
	}
	return wanted;
}

/** Add gradients of a node's inputs to what they have. */
void add_gradients(Walk &walk, const Layer &layer, const std::vector<char> &wanted,
		const std::vector<Tensor> &gradients)
{
	for (size_t j = 0; j < wanted.size(); j++) {
		if (wanted[j] && gradients[j].defined()) {
			accumulate(walk.gradients[static_cast<size_t>(
						   layer.node->inputs[j])],
					gradients[j]);
		}
	}
}

/** The rule of a node, if it is one of those that all nodes may have */
uint32_t own_rule(const Walk &walk, size_t index)
{
	return walk.rules != nullptr && walk.rules->rules[index].kind == ENGINE_RULE_OWN
			? walk.rules->rules[index].own
			: walk.rule;
}

/**
 * Pass a node's gradient on to the inputs that lead to a requested node.
 *
 * \param   norm    That of a convolution, which the gradient has not passed yet
 */
void spread(Walk &walk, size_t index, const Tensor &gradient, const Layer *norm)
{
	engine_pass &pass = walk.pass;
	const Layer &layer = pass.network->layers[index];
	Step step{ *pass.network, layer, pass.activations, pass.activations[index], false,
		own_rule(walk, index), norm };
	std::vector<char> wanted = find_wanted(walk, layer);

	add_gradients(walk, layer, wanted, differentiate(step, gradient, wanted));
}

/** Pass a node's relevance on by its own rule. */
void spread_by_rule(Walk &walk, size_t index, const Tensor &relevance)
{
	const struct engine_rule &rule = walk.rules->rules[index];
	size_t through = static_cast<size_t>(rule.through);
	const Layer &layer = walk.pass.network->layers[through];
	std::vector<char> wanted = find_wanted(walk, layer);

	/* A layer that is merged has the relevance of what it is merged into. */
	if (through != index && rule.kind == ENGINE_RULE_SHARES) {
		accumulate(walk.gradients[through], relevance);
	}
	/* The shallowest that is requested has inputs to which nothing is to go. */
	if (std::find(wanted.begin(), wanted.end(), 1) == wanted.end()) {
		return;
	}
	add_gradients(walk, layer, wanted,
			apply_rule(walk.pass, *walk.rules, index, relevance, wanted));
}

/** Pass the gradient of a batch norm on to the input of its convolution. */
void spread_folded(Walk &walk, size_t index, const Tensor &gradient)
{
	const Layer &norm = walk.pass.network->layers[index];
	size_t convolution = norm.folded_into;

	spread(walk, convolution, gradient, &norm);
	if (walk.wanted[convolution]) {
		walk.aside[convolution] = gradient * norm.factor;
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
 * Backpropagate the seeds in walk.gradients; gradients of nodes that are not requested
 * are released.
 */
void walk_back(Walk &walk, const struct graph_node **current)
{
	const Network &network = *walk.pass.network;

	for (size_t i = walk.gradients.size(); i-- > 0;) {
		if (!walk.gradients[i].defined() || !walk.leads[i]) {
			continue;
		}
		check_canceled(network);
		if (!walk.pass.activations[i].given) {
			const Tensor gradient = walk.gradients[i];

			*current = &network.graph->nodes[i];
			size_t convolution = network.layers[i].folded_into;
			if (has_rule(walk.rules, i)) {
				spread_by_rule(walk, i, gradient);
			} else if (convolution != 0 && !has_rule(walk.rules, convolution)
					&& !walk.pass.activations[convolution].given) {
				spread_folded(walk, i, gradient);
			} else {
				spread(walk, i, gradient, nullptr);
			}
		}
		if (!walk.wanted[i]) {
			walk.gradients[i].reset();
		}
	}
	*current = nullptr;
}

/** What has come to a node, as the host's; zeros if nothing has */
cnnviz_tensor *take_gradient(Walk &walk, size_t node)
{
	const cnnviz_tensor_api *api = walk.pass.network->options.tensor;
	Tensor sum = walk.gradients[node];

	if (walk.aside[node].defined()) {
		accumulate(sum, walk.aside[node]);
	}
	if (node == 0 && walk.pass.on_canvas && walk.pass.network->canvas != nullptr) {
		keep_gradient(*walk.pass.network->canvas, sum);
		sum.reset();
	}
	return sum.defined() ? to_host(api, sum)
			     : create_host(api, walk.pass.activations[node].sizes);
}

} // namespace

void run_backward(engine_pass &pass, const Question &question,
		std::vector<cnnviz_tensor *> &gradients,
		const struct graph_node **current)
{
	size_t count = pass.activations.size();
	Walk walk{ pass, question.rule, question.rules, std::vector<char>(count, 0), {},
		std::vector<Tensor>(count), std::vector<Tensor>(count) };

	for (size_t i = 0; i < question.wanted_count; i++) {
		find_activation(pass, question.wanted[i], false);
		walk.wanted[static_cast<size_t>(question.wanted[i])] = 1;
	}
	walk.leads = find_leads(pass, walk.wanted);
	for (size_t i = 0; i < question.seed_count; i++) {
		plant_seed(pass, question.seed_nodes[i], question.seeds[i],
				walk.gradients);
	}
	walk_back(walk, current);
	gradients.reserve(question.wanted_count);
	for (size_t i = 0; i < question.wanted_count; i++) {
		gradients.push_back(take_gradient(walk,
				static_cast<size_t>(question.wanted[i])));
	}
}

} // namespace torch_engine

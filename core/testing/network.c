/**
 * \file    testing/network.c
 * \brief   Small networks that a test defines, on the reference engine
 */
#include "testing/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"
#include "graph/copy.h"

size_t network_live_passes;

/* ---- Creation ---------------------------------------------------------------- */

/** The only operation that is not one of the graph's. */
static const char global_mean[] = "global_mean";

/** The operation of a layer, if it is one of those that cnnviz/test.h lists */
static const struct operation *find_operation(const char *word)
{
	static const char *const words[] = { "conv2d", "relu", "max_pool2d", "avg_pool2d",
		"flatten", "linear" };

	if (strcmp(word, global_mean) == 0) {
		return operation_find("adaptive_avg_pool2d");
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(word, words[i]) == 0) {
			return operation_find(word);
		}
	}
	return NULL;
}

static void describe_layer(const cnnviz_test_layer *layer,
		const struct operation *operation, struct graph_node *node)
{
	bool pool = (operation->flags & OPERATION_POOLS) != 0;
	bool padded = (operation->flags & OPERATION_CONVOLUTION) != 0;
	int64_t kernel = layer->kernel > 0 ? layer->kernel : 1;

	node->name = memory_text(layer->name);
	node->op = operation;
	node->settings = (struct graph_settings){
		.out = layer->out,
		.kernel = { kernel, kernel },
		.stride = { pool ? kernel : 1, pool ? kernel : 1 },
		.dilation = { 1, 1 },
		.groups = 1,
		.bias = layer->bias != NULL,
		.count_include_pad = true,
		.output = { 1, 1 },
	};
	for (int side = 0; side < 4 && padded; side++) {
		node->settings.padding[side] = kernel / 2;
	}
}

/** The graph without weights; NULL when a layer has an unknown operation or no shape */
static struct graph *make_graph(int64_t channels, int64_t height, int64_t width,
		const cnnviz_test_layer *layers, uint32_t count)
{
	struct graph *graph = memory_new(1, sizeof(*graph));
	struct error error;

	graph->name = memory_text("test");
	graph->source = memory_text("test");
	graph->input_size[0] = height;
	graph->input_size[1] = width;
	graph->normalization = normalization_none((int)channels);
	graph->nodes = memory_new(count + 1, sizeof(*graph->nodes));
	graph->nodes[0].name = memory_text(operation_input.name);
	graph->nodes[0].op = &operation_input;
	graph->node_count = 1;
	for (uint32_t i = 0; i < count; i++) {
		struct graph_node *node = &graph->nodes[graph->node_count];
		const struct operation *operation = find_operation(layers[i].operation);

		if (operation == NULL) {
			graph_free(graph);
			return NULL;
		}
		describe_layer(&layers[i], operation, node);
		node->inputs = memory_new(1, sizeof(*node->inputs));
		node->inputs[0] = (int32_t)graph->node_count - 1;
		node->input_count = 1;
		graph->node_count++;
	}
	if (graph_finish(graph, &error) != CNNVIZ_OK) {
		graph_free(graph);
		return NULL;
	}
	return graph;
}

static void bind(cnnviz_test_network *network, int32_t node, enum graph_weight role,
		const float *values)
{
	int64_t shape[4];
	uint32_t rank = graph_weight_shape(network->graph, node, role, shape);

	if (rank == 0 || values == NULL) {
		return;
	}
	cnnviz_tensor *tensor = tensor_create(rank, shape);

	memcpy(tensor_mutable_data(tensor), values,
			(size_t)tensor_count(tensor) * sizeof(*values));
	network->graph->nodes[node].weights[role] = tensor;
	network->weights[network->weight_count++] = tensor;
}

cnnviz_test_network *cnnviz_test_network_create(int64_t channels, int64_t height,
		int64_t width, const cnnviz_test_layer *layers, uint32_t count)
{
	struct graph *graph = make_graph(channels, height, width, layers, count);

	if (graph == NULL) {
		return NULL;
	}
	cnnviz_test_network *network = memory_new(1, sizeof(*network));
	network->graph = graph;
	network->weights = memory_new(2 * (size_t)count, sizeof(cnnviz_tensor *));
	network->class_count = graph->nodes[graph->logits].shape.extent[0];
	for (uint32_t i = 0; i < count; i++) {
		bind(network, (int32_t)i + 1, GRAPH_WEIGHT, layers[i].weight);
		bind(network, (int32_t)i + 1, GRAPH_BIAS, layers[i].bias);
	}
	return network;
}

void cnnviz_test_network_free(cnnviz_test_network *network)
{
	if (network == NULL) {
		return;
	}
	for (size_t i = 0; i < network->weight_count; i++) {
		tensor_unref(network->weights[i]);
	}
	free(network->weights);
	network_release_rules(network);
	if (network->view) {
		graph_view_free(network->graph);
	} else {
		graph_free(network->graph);
	}
	free(network);
}

/* ---- Passes -------------------------------------------------------------------- */

int32_t network_node(const cnnviz_test_network *network, int32_t layer)
{
	if (layer == CNNVIZ_LAYER_LOGITS) {
		return network->graph->logits;
	}
	return layer >= 0 && (size_t)layer < network->graph->node_count
			? layer
			: CNNVIZ_LAYER_NONE;
}

double *network_to_doubles(const cnnviz_tensor *tensor)
{
	double *values = memory_new((size_t)tensor_count(tensor), sizeof(*values));

	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		values[i] = (double)tensor_data(tensor)[i];
	}
	return values;
}

cnnviz_tensor *network_to_tensor(const struct reference_value *value,
		const double *values)
{
	cnnviz_tensor *tensor = tensor_create(value->rank, value->shape);

	for (int64_t i = 0; i < value->count; i++) {
		tensor_mutable_data(tensor)[i] = (float)values[i];
	}
	return tensor;
}

void network_pass_free(cnnviz_pass *pass)
{
	if (pass == NULL) {
		return;
	}
	for (size_t i = 0;
			pass->activations != NULL && i < pass->network->graph->node_count;
			i++) {
		tensor_unref(pass->activations[i]);
	}
	free(pass->activations);
	reference_free(pass->run);
	tensor_unref(pass->first_items);
	free(pass);
	network_live_passes--;
}

static bool fits(const cnnviz_test_network *network, const cnnviz_tensor *input)
{
	const struct graph *graph = network->graph;
	const int64_t *shape = input != NULL && tensor_rank(input) == 4
			? tensor_shape(input)
			: NULL;

	return shape != NULL && shape[1] == graph->normalization.channels
			&& shape[2] == graph->input_size[0]
			&& shape[3] == graph->input_size[1];
}

/** Run what lies behind a node, whose value is given, up to captures. */
static cnnviz_status run_from(const cnnviz_test_network *network, int32_t first,
		const cnnviz_tensor *value, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **result, const char **reason)
{
	cnnviz_pass *pass = memory_new(1, sizeof(*pass));
	bool *captured = memory_new(network->graph->node_count, sizeof(*captured));
	double *values = network_to_doubles(value);
	cnnviz_status status = CNNVIZ_OK;

	network_live_passes++;
	pass->network = network;
	pass->first = first;
	pass->activations = memory_new(network->graph->node_count,
			sizeof(cnnviz_tensor *));
	for (uint32_t i = 0; i < capture_count && status == CNNVIZ_OK; i++) {
		int32_t node = network_node(network, captures[i]);

		if (node < 0) {
			*reason = "a forward pass got a layer that does not exist";
			status = CNNVIZ_ERROR_PLUGIN;
		} else {
			captured[node] = true;
		}
	}
	if (status == CNNVIZ_OK) {
		const struct reference_start start = { first, tensor_rank(value),
			tensor_shape(value), values };

		pass->run = reference_forward_from(network->graph, &tensor_api, 1, &start,
				captured, NULL, NULL, NULL);
	}
	for (size_t i = 0; pass->run != NULL && i < network->graph->node_count; i++) {
		if (captured[i]) {
			pass->activations[i] = network_to_tensor(&pass->run->values[i],
					pass->run->values[i].data);
		}
	}
	free(values);
	free(captured);
	if (status == CNNVIZ_OK) {
		*result = pass;
	} else {
		network_pass_free(pass);
	}
	return status;
}

cnnviz_status network_forward(const cnnviz_test_network *network,
		const cnnviz_tensor *input, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **result, const char **reason)
{
	if (!fits(network, input) || capture_count == 0) {
		*reason = "pass->forward() got an input whose shape is not the "
			  "network's, or no layer to capture";
		return CNNVIZ_ERROR_PLUGIN;
	}
	return run_from(network, CNNVIZ_LAYER_INPUT, input, capture_count, captures,
			result, reason);
}

/** What is wrong with the arguments of forward_from(), or NULL */
static const char *find_fault(const cnnviz_pass *source, int32_t node,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags)
{
	const struct reference_value *value;

	if (source == NULL || node < 0 || source->run->values[node].rank == 0
			|| (flags & ~CNNVIZ_PASS_FORWARD_ONLY) != 0) {
		return "pass->forward_from() got no pass, unknown flags, or a layer that "
		       "the pass did not run";
	}
	value = &source->run->values[node];
	if (activation == NULL || tensor_rank(activation) != value->rank
			|| memcmp(tensor_shape(activation) + 1, value->shape + 1,
					   (value->rank - 1) * sizeof(*value->shape))
					!= 0) {
		return "pass->forward_from() got an activation whose shape is not that "
		       "of its layer";
	}
	for (int64_t i = 0; items != NULL && i < tensor_shape(activation)[0]; i++) {
		if (items[i] >= value->shape[0]) {
			return "pass->forward_from() got a variant of an item that "
			       "the pass does not have";
		}
	}
	return items == NULL && tensor_shape(activation)[0] % value->shape[0] != 0
			? "pass->forward_from() was not told which variant is of "
			  "which item"
			: NULL;
}

cnnviz_status network_forward_from(const cnnviz_pass *source, int32_t layer,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **result,
		const char **reason)
{
	int32_t node = source != NULL ? network_node(source->network, layer) : -1;
	const char *fault = find_fault(source, node, activation, items, flags);

	for (uint32_t i = 0; fault == NULL && i < capture_count; i++) {
		if (network_node(source->network, captures[i]) < node) {
			fault = "pass->forward_from() cannot capture a layer before the "
				"changed one here";
		}
	}
	if (fault != NULL || capture_count == 0) {
		*reason = fault != NULL ? fault
					: "pass->forward_from() got no layer to capture";
		return CNNVIZ_ERROR_PLUGIN;
	}
	cnnviz_status status = run_from(source->network, node, activation, capture_count,
			captures, result, reason);

	if (status == CNNVIZ_OK) {
		(*result)->forward_only = (flags & CNNVIZ_PASS_FORWARD_ONLY) != 0;
	}
	return status;
}

const cnnviz_tensor *network_activation(const cnnviz_pass *pass, int32_t layer)
{
	int32_t node = network_node(pass->network, layer);

	return node < 0 ? NULL : pass->activations[node];
}

const char *network_sum_seeds(const cnnviz_pass *pass, uint32_t count,
		const int32_t *layers, const cnnviz_tensor *const *seeds, double **sums)
{
	for (uint32_t i = 0; i < count; i++) {
		const cnnviz_tensor *activation = network_activation(pass, layers[i]);

		if (activation == NULL || seeds[i] == NULL
				|| !tensor_same_shape(activation, seeds[i])) {
			return "a backward pass got a seed for a layer that was not "
			       "captured, or whose shape is not that of its "
			       "activation";
		}
		double **sum = &sums[network_node(pass->network, layers[i])];
		double *values = network_to_doubles(seeds[i]);

		for (int64_t k = 0; *sum && k < tensor_count(seeds[i]); k++) {
			values[k] += (*sum)[k];
		}
		free(*sum);
		*sum = values;
	}
	return NULL;
}

/** The first node of those that are wanted; what is wrong with them, or NULL */
static const char *find_first(const cnnviz_pass *pass, uint32_t count,
		const int32_t *layers, int32_t *first)
{
	*first = INT32_MAX;
	for (uint32_t i = 0; i < count; i++) {
		int32_t node = network_node(pass->network, layers[i]);

		if (node < 0
				|| (node != pass->first
						&& pass->activations[node] == NULL)) {
			return "pass->backward() must not be asked for the gradient "
			       "of a layer that was not captured";
		}
		*first = node < *first ? node : *first;
	}
	return NULL;
}

cnnviz_status network_backward(cnnviz_pass *pass, uint32_t rule,
		const struct network_rules *rules, uint32_t seed_count,
		const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *captured, cnnviz_tensor **gradients,
		const char **reason)
{
	size_t count = pass->network->graph->node_count;
	double **sums = memory_new(count, sizeof(*sums));
	struct error error;
	int32_t first;
	const char *fault = pass->forward_only
			? "pass->backward() got a pass that keeps nothing for it "
			  "(CNNVIZ_PASS_FORWARD_ONLY)"
			: network_sum_seeds(pass, seed_count, seed_layers, seeds, sums);

	if (fault == NULL) {
		fault = find_first(pass, wanted_count, captured, &first);
	}
	cnnviz_status status = fault == NULL ? CNNVIZ_OK : CNNVIZ_ERROR_PLUGIN;

	if (fault == NULL) {
		const double *const *given = (const double *const *)sums;

		status = rules == NULL ? reference_backward(pass->run, rule, given, first,
					 NULL, NULL, NULL)
				       : reference_backward_by_rules(pass->run,
						       rules->rules, rules->reference,
						       given, first, NULL, NULL, &error);
		for (uint32_t i = 0; i < wanted_count && status == CNNVIZ_OK; i++) {
			const struct reference_value *value =
					&pass->run->values[network_node(pass->network,
							captured[i])];

			gradients[i] = network_to_tensor(value, value->gradient);
		}
	} else {
		*reason = fault;
	}
	for (size_t i = 0; i < count; i++) {
		free(sums[i]);
	}
	free(sums);
	return status;
}

/* ---- Numerical gradients ------------------------------------------------------- */

/** Logit of one class, in double precision */
static double logit_of(const cnnviz_test_network *network, const int64_t shape[4],
		const double *values, int64_t target)
{
	bool *captured = memory_new(network->graph->node_count, sizeof(*captured));

	captured[network->graph->logits] = true;
	struct reference_run *run = reference_forward(network->graph, &tensor_api, shape,
			values, captured, NULL, NULL, NULL);
	double logit = run->values[network->graph->logits].data[target];

	reference_free(run);
	free(captured);
	return logit;
}

void cnnviz_test_gradient(const cnnviz_test_network *network, const float *input,
		int64_t target, double *gradient)
{
	const struct graph *graph = network->graph;
	const int64_t shape[] = { 1, graph->normalization.channels, graph->input_size[0],
		graph->input_size[1] };
	const double step = 1.0 / (1 << 16);
	int64_t count = shape[1] * shape[2] * shape[3];
	double *values = memory_new((size_t)count, sizeof(*values));

	for (int64_t i = 0; i < count; i++) {
		values[i] = (double)input[i];
	}
	for (int64_t i = 0; i < count; i++) {
		double value = values[i];

		values[i] = value + step;
		double above = logit_of(network, shape, values, target);
		values[i] = value - step;
		gradient[i] = (above - logit_of(network, shape, values, target))
				/ (2 * step);
		values[i] = value;
	}
	free(values);
}

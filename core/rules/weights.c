/**
 * \file    rules/weights.c
 * \brief   The weights that rules change, as graphs of the same layers
 */
#include "rules/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/copy.h"
#include "graph/operation.h"

static cnnviz_tensor *keep(struct rule_weights *weights, cnnviz_tensor *tensor)
{
	if (tensor != NULL) {
		weights->tensors = memory_resize(weights->tensors,
				weights->tensor_count + 1, sizeof(cnnviz_tensor *));
		weights->tensors[weights->tensor_count++] = tensor;
	}
	return tensor;
}

const cnnviz_tensor *rule_weights_keep(struct rule_weights *weights, const float *values,
		int64_t count)
{
	cnnviz_tensor *tensor = keep(weights, tensor_create(1, &count));

	if (tensor != NULL) {
		memcpy(tensor_mutable_data(tensor), values,
				(size_t)count * sizeof(*values));
	}
	return tensor;
}

void rule_weights_free(struct rule_weights *weights)
{
	for (size_t i = 0; i < RULE_CHANGES; i++) {
		graph_view_free(weights->changed[i]);
	}
	for (size_t i = 0; i < weights->tensor_count; i++) {
		tensor_unref(weights->tensors[i]);
	}
	free(weights->tensors);
}

double rule_changed(enum rule_change change, double gamma, double value)
{
	switch (change) {
	case RULE_CHANGE_POSITIVE:
		return fmax(value, 0);
	case RULE_CHANGE_NEGATIVE:
		return fmin(value, 0);
	case RULE_CHANGE_RAISED:
		return value + gamma * fmax(value, 0);
	case RULE_CHANGE_LOWERED:
		return value + gamma * fmin(value, 0);
	case RULE_CHANGE_SQUARED:
		return value * value;
	case RULE_CHANGE_ONES:
		return 1;
	default:
		return value;
	}
}

/* ---- Batch norms --------------------------------------------------------------------- */

/** A value of a node's weight of a role, or another one where it has none */
static double value_of(const struct graph_node *node, enum graph_weight role,
		int64_t channel, double otherwise)
{
	const cnnviz_tensor *tensor = node->weights[role];

	return tensor != NULL ? (double)tensor_data(tensor)[channel] : otherwise;
}

/** What the batch norm that is merged into a layer multiplies a channel by */
static double factor_of(const struct graph *graph, const struct rule_layer *layer,
		int64_t channel)
{
	const struct graph_node *norm = &graph->nodes[layer->norm];

	return layer->norm == 0 ? 1
				: value_of(norm, GRAPH_WEIGHT, channel, 1)
					/ sqrt(value_of(norm, GRAPH_RUNNING_VAR, channel,
							       1)
							+ norm->settings.eps);
}

/** What a layer adds to a channel, with the batch norm that is merged into it */
static double offset_of(const struct graph *graph, const struct rule_layer *layer,
		int64_t channel)
{
	const struct graph_node *node = &graph->nodes[layer->node];
	const struct graph_node *norm = &graph->nodes[layer->norm];
	double bias = value_of(node, GRAPH_BIAS, channel, 0);

	return layer->norm == 0 ? bias
				: (bias - value_of(norm, GRAPH_RUNNING_MEAN, channel, 0))
							* factor_of(graph, layer, channel)
					+ value_of(norm, GRAPH_BIAS, channel, 0);
}

/* ---- Changes ------------------------------------------------------------------------- */

/** The output channel that a value of a layer's weight leads to */
static int64_t channel_of(const struct graph_node *node, const int64_t *shape,
		int64_t index, int64_t size)
{
	int64_t outer = index / size;

	if ((node->op->flags & OPERATION_TRANSPOSED) == 0) {
		return outer;
	}
	int64_t group = outer / (shape[0] / node->settings.groups);
	int64_t inner = size / shape[1];

	return group * shape[1] + index % size / inner;
}

static cnnviz_tensor *change_weight(const struct graph *graph,
		const struct rule_layer *layer, enum rule_change change)
{
	const struct graph_node *node = &graph->nodes[layer->node];
	const cnnviz_tensor *weight = node->weights[GRAPH_WEIGHT];
	const int64_t *shape = tensor_shape(weight);
	int64_t size = tensor_count(weight) / shape[0];
	cnnviz_tensor *changed = tensor_create(tensor_rank(weight), shape);
	float *to = changed != NULL ? tensor_mutable_data(changed) : NULL;

	for (int64_t i = 0; to != NULL && i < tensor_count(weight); i++) {
		double value = (double)tensor_data(weight)[i];

		if (layer->norm != 0) {
			value *= factor_of(graph, layer,
					channel_of(node, shape, i, size));
		}
		to[i] = (float)rule_changed(change, layer->gamma, value);
	}
	return changed;
}

const struct graph *rule_weights_change(struct rule_weights *weights,
		const struct rule_layer *layer, enum rule_change change)
{
	const struct graph_node *node = &weights->graph->nodes[layer->node];
	cnnviz_tensor *weight = keep(weights,
			change_weight(weights->graph, layer, change));
	cnnviz_tensor *bias = NULL;

	if (weights->changed[change] == NULL) {
		weights->changed[change] = graph_view(weights->graph);
	}
	if (weight != NULL && node->weights[GRAPH_BIAS] != NULL) {
		bias = keep(weights,
				tensor_create(1,
						tensor_shape(node->weights[GRAPH_BIAS])));
	}
	if (weight == NULL || (bias == NULL && node->weights[GRAPH_BIAS] != NULL)) {
		return NULL;
	}
	struct graph_node *changed = &weights->changed[change]->nodes[layer->node];

	changed->weights[GRAPH_WEIGHT] = weight;
	changed->weights[GRAPH_BIAS] = bias;
	return weights->changed[change];
}

cnnviz_status rule_weights_addend(struct rule_weights *weights,
		const struct rule_layer *layer, enum rule_change change, double factor,
		const cnnviz_tensor **addend, struct error *error)
{
	const struct graph_node *node = &weights->graph->nodes[layer->node];
	int64_t count = node->settings.out;

	*addend = NULL;
	if (node->weights[GRAPH_BIAS] == NULL && layer->norm == 0) {
		return CNNVIZ_OK;
	}
	cnnviz_tensor *tensor = keep(weights, tensor_create(1, &count));

	if (tensor == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	for (int64_t c = 0; c < count; c++) {
		tensor_mutable_data(tensor)[c] = (float)(factor
				* rule_changed(change, layer->gamma,
						offset_of(weights->graph, layer, c)));
	}
	*addend = tensor;
	return CNNVIZ_OK;
}

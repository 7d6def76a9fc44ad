/**
 * \file    graph/attention.c
 * \brief   The weights of an attention, which engines never have as a whole
 */
#include "graph/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"
#include "graph/roles.h"

/* ---- What it is ---------------------------------------------------------------- */

bool graph_is_attention(const struct graph *graph, int32_t node)
{
	return node > 0 && (graph->nodes[node].op->flags & OPERATION_ATTENDS) != 0;
}

static const struct graph_node *input_of(const struct graph *graph, int32_t node,
		size_t input)
{
	return &graph->nodes[graph->nodes[node].inputs[input]];
}

uint32_t graph_attention_shape(const struct graph *graph, int32_t node, int64_t *shape)
{
	const struct graph_shape *out, *keys;
	uint32_t rank = 0;

	if (!graph_is_attention(graph, node)) {
		return 0;
	}
	out = &graph->nodes[node].shape;
	keys = &input_of(graph, node, ATTENTION_KEYS)->shape;
	if (out->rank > 4) {
		return 0;
	}
	if (out->rank == 2) {
		shape[rank++] = 1; /* of a single head */
	}
	for (uint32_t d = 0; d + 1 < out->rank; d++) {
		shape[rank++] = out->extent[d];
	}
	shape[rank++] = keys->extent[keys->rank - 2];
	return rank;
}

bool graph_attention_grid(const struct graph *graph, int32_t node, int64_t grid[3])
{
	const struct graph_node *keys;
	const struct graph_roles *roles;

	if (!graph_is_attention(graph, node)) {
		return false;
	}
	keys = input_of(graph, node, ATTENTION_KEYS);
	roles = &graph->roles[keys - graph->nodes];
	if (!roles->known || roles->role[keys->shape.rank - 2] != GRAPH_ROLE_TOKENS) {
		return false;
	}
	grid[0] = roles->prefix;
	grid[1] = roles->height;
	grid[2] = roles->width;
	return true;
}

/* ---- Products of matrices ------------------------------------------------------ */

/** Two matrices whose rows are multiplied with each other */
struct factors {
	int64_t rows, columns, length; /* of the result, and of the sums */
	float factor;
};

/** result[i,j] = factor * sum_k a[i,k] b[j,k] */
static void multiply(const struct factors *factors, const float *a, const float *b,
		float *turned, float *result)
{
	int64_t columns = factors->columns, length = factors->length;

	for (int64_t j = 0; j < columns; j++) {
		for (int64_t k = 0; k < length; k++) {
			turned[k * columns + j] = b[j * length + k];
		}
	}
	memset(result, 0, (size_t)(factors->rows * columns) * sizeof(*result));
	for (int64_t i = 0; i < factors->rows; i++) {
		float *row = result + i * columns;

		for (int64_t k = 0; k < length; k++) {
			float value = factors->factor * a[i * length + k];
			const float *other = turned + k * columns;

			for (int64_t j = 0; j < columns; j++) {
				row[j] += value * other[j];
			}
		}
	}
}

static int64_t extent_of(const cnnviz_tensor *tensor, uint32_t from_last)
{
	return tensor_shape(tensor)[tensor_rank(tensor) - 1 - from_last];
}

/**
 * The products of the rows of two stacks of matrices, each with each; NULL when memory has
 * run out. Two axes become three, of a single head.
 */
static cnnviz_tensor *multiply_stacks(const cnnviz_tensor *a, const cnnviz_tensor *b,
		double factor)
{
	struct factors factors = { extent_of(a, 1), extent_of(b, 1), extent_of(a, 0),
		(float)factor };
	int64_t size = factors.rows * factors.columns, shape[CNNVIZ_MAX_RANK];
	int64_t stacks = tensor_count(a) / factors.rows / factors.length;
	uint32_t rank = tensor_rank(a);
	cnnviz_tensor *result;
	float *turned;

	memcpy(shape, tensor_shape(a), rank * sizeof(*shape));
	if (rank == 3) {
		shape[1] = 1;
		shape[2] = factors.rows;
		rank = 4;
	}
	shape[rank - 1] = factors.columns;
	result = tensor_create_unset(rank, shape);
	if (result == NULL) {
		return NULL;
	}
	turned = memory_new((size_t)(factors.columns * factors.length), sizeof(*turned));
	for (int64_t s = 0; s < stacks; s++) {
		multiply(&factors, tensor_data(a) + s * factors.rows * factors.length,
				tensor_data(b) + s * factors.columns * factors.length,
				turned, tensor_mutable_data(result) + s * size);
	}
	free(turned);
	return result;
}

/* ---- Weights ------------------------------------------------------------------- */

/** Add a bias, which is repeated along axes of 1. */
static void add_bias(const cnnviz_tensor *bias, cnnviz_tensor *scores)
{
	uint32_t lead = tensor_rank(scores) - tensor_rank(bias); /* 1 for a single head */
	float *values = tensor_mutable_data(scores);

	for (int64_t i = 0; i < tensor_count(scores); i++) {
		int64_t rest = i, at = 0, stride = 1;

		for (uint32_t d = tensor_rank(scores); d-- > 0;) {
			int64_t extent = tensor_shape(scores)[d], place = rest % extent;
			bool own = d == 0 || d > lead;

			rest /= extent;
			if (own) {
				int64_t other = tensor_shape(bias)[d == 0 ? 0 : d - lead];

				at += other == 1 ? 0 : place * stride;
				stride *= other;
			}
		}
		values[i] += tensor_data(bias)[at];
	}
}

static void softmax(float *row, int64_t count)
{
	double largest = -INFINITY, sum = 0;

	for (int64_t j = 0; j < count; j++) {
		largest = fmax(largest, (double)row[j]);
	}
	for (int64_t j = 0; j < count; j++) {
		sum += exp((double)row[j] - largest);
	}
	for (int64_t j = 0; j < count; j++) {
		row[j] = (float)(exp((double)row[j] - largest) / sum);
	}
}

cnnviz_tensor *graph_attention_weights(const struct graph_node *node,
		const cnnviz_tensor *const *inputs)
{
	const cnnviz_tensor *queries = inputs[ATTENTION_QUERIES];
	const cnnviz_tensor *keys = inputs[ATTENTION_KEYS];
	cnnviz_tensor *weights = multiply_stacks(queries, keys,
			graph_attention_scale(&node->settings, extent_of(queries, 0)));
	int64_t count = extent_of(keys, 1);

	if (weights == NULL) {
		return NULL;
	}
	for (size_t i = ATTENTION_BIASES; i < node->input_count; i++) {
		add_bias(inputs[i], weights);
	}
	for (int64_t i = 0; i < tensor_count(weights); i += count) {
		softmax(tensor_mutable_data(weights) + i, count);
	}
	return weights;
}

cnnviz_tensor *graph_attention_gradient(const cnnviz_tensor *gradient,
		const cnnviz_tensor *values)
{
	return multiply_stacks(gradient, values, 1);
}

/**
 * \file    graph/shapes.c
 * \brief   Infers the shapes of a graph's layers and weights
 */
#include "graph/shapes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"

/* More values than fit on any machine; smaller products of extents do not overflow. */
#define MAX_VALUES (INT64_C(1) << 40)

bool shape_fits(size_t count, const int64_t *extents)
{
	int64_t product = 1;

	for (size_t i = 0; i < count; i++) {
		if (__builtin_mul_overflow(product, extents[i], &product)
				|| product > MAX_VALUES) {
			return false;
		}
	}
	return true;
}

int64_t shape_values(const struct graph_shape *shape)
{
	int64_t product = 1;

	for (uint32_t d = 0; d < shape->rank; d++) {
		product *= shape->extent[d];
	}
	return product;
}

const char *shape_text(const struct graph_shape *shape, char text[96])
{
	return tensor_shape_text(shape->rank, shape->extent, text, 96);
}

cnnviz_status shape_refuse_inputs(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes, size_t i,
		struct error *error)
{
	int32_t first = node->inputs[0], other = node->inputs[i];
	char a[96], b[96];

	return error_set(error, CNNVIZ_ERROR_INPUT,
			"its inputs do not fit together: %s gives %s, %s gives %s",
			graph->nodes[first].name, shape_text(&shapes[first], a),
			graph->nodes[other].name, shape_text(&shapes[other], b));
}

cnnviz_status graph_infer_node(const struct graph *graph, int32_t index,
		struct graph_shape *shapes, struct error *error)
{
	const struct graph_node *node = &graph->nodes[index];
	const struct graph_shape *in = &shapes[node->inputs[0]];
	struct graph_shape out = *in;
	cnnviz_status status = CNNVIZ_OK;
	char text[96];

	if ((node->op->flags & OPERATION_SPATIAL) != 0 && in->rank != 3) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes (channels,height,width), but gets %s",
				shape_text(in, text));
	}
	if (node->op->shape != NULL) {
		status = node->op->shape(graph, node, shapes, &out, error);
	}
	if (status == CNNVIZ_OK && !shape_fits(out.rank, out.extent)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "its output is too large");
	}
	if (status == CNNVIZ_OK) {
		shapes[index] = out;
	}
	return status;
}

/**
 * Infer the shapes of nodes from those of others.
 *
 * \param   known   node_count flags: shapes[] has that of the node already
 * \param   needed  node_count flags, or NULL for all
 */
static cnnviz_status infer(const struct graph *graph, const bool *known,
		const bool *needed, struct graph_shape *shapes, struct error *error)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		if (known[i]) {
			continue;
		}
		if (needed != NULL && !needed[i]) {
			shapes[i] = (struct graph_shape){ .rank = 0 };
			continue;
		}
		cnnviz_status status = graph_infer_node(graph, (int32_t)i, shapes, error);

		if (status != CNNVIZ_OK) {
			return error_prefix(error, "layer %s (%s) of %s",
					graph->nodes[i].name, graph->nodes[i].op->name,
					graph->name);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status infer_input(const struct graph *graph, int64_t height, int64_t width,
		struct graph_shape *shape, struct error *error)
{
	if (height < 1 || width < 1 || height > IMAGE_MAX_EXTENT
			|| width > IMAGE_MAX_EXTENT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"an input of %" PRId64 "x%" PRId64
				" is not possible: height and width must be 1 to %d",
				height, width, IMAGE_MAX_EXTENT);
	}
	*shape = (struct graph_shape){
		.rank = 3,
		.extent = { graph->normalization.channels, height, width },
	};
	return CNNVIZ_OK;
}

cnnviz_status graph_infer(const struct graph *graph, int64_t height, int64_t width,
		struct graph_shape *shapes, struct error *error)
{
	bool *known = memory_new(graph->node_count, sizeof(*known));
	cnnviz_status status = infer_input(graph, height, width, &shapes[0], error);

	known[0] = true;
	if (status == CNNVIZ_OK) {
		status = infer(graph, known, NULL, shapes, error);
	}
	free(known);
	return status;
}

cnnviz_status graph_infer_part(const struct graph *graph, int64_t height, int64_t width,
		size_t count, const int32_t *nodes, struct graph_shape *shapes,
		struct error *error)
{
	bool *known = memory_new(graph->node_count, sizeof(*known));
	cnnviz_status status = infer_input(graph, height, width, &shapes[0], error);

	known[0] = true;
	if (status == CNNVIZ_OK) {
		status = graph_infer_from(graph, known, count, nodes, shapes, error);
	}
	free(known);
	return status;
}

cnnviz_status graph_infer_from(const struct graph *graph, const bool *known, size_t count,
		const int32_t *nodes, struct graph_shape *shapes, struct error *error)
{
	bool *needed = memory_new(graph->node_count, sizeof(*needed));
	cnnviz_status status;

	for (size_t i = 0; i < count; i++) {
		needed[nodes[i]] = true;
	}
	for (size_t i = graph->node_count; i-- > 0;) {
		const struct graph_node *node = &graph->nodes[i];

		for (size_t k = 0; needed[i] && !known[i] && k < node->input_count; k++) {
			needed[node->inputs[k]] = true;
		}
	}
	status = needed[0] && !known[0] ? error_set(error, CNNVIZ_ERROR_ENGINE,
				 "the layers depend on the network's input, "
				 "which is not given")
					: infer(graph, known, needed, shapes, error);
	free(needed);
	return status;
}

uint32_t graph_weight_shape(const struct graph *graph, int32_t index,
		enum graph_weight role, int64_t shape[4])
{
	const struct graph_node *node = &graph->nodes[index];

	return node->op->weight_shape == NULL
			? 0
			: node->op->weight_shape(node,
					&graph->nodes[node->inputs[0]].shape, role,
					shape);
}

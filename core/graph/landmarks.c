/**
 * \file    graph/landmarks.c
 * \brief   Finds a graph's logits, what its axes are, and its last feature map
 */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/last_features.h"
#include "graph/operation.h"
#include "graph/roles.h"
#include "graph/shapes.h"

/** Whether a node returns its input unchanged, with the same shape */
static bool is_identity(const struct graph_node *nodes, int32_t index)
{
	const struct graph_node *node = &nodes[index];
	const struct graph_shape *in = &nodes[node->inputs[0]].shape;

	return (node->op->flags & OPERATION_IDENTITY) != 0 && node->shape.rank == in->rank
			&& memcmp(node->shape.extent, in->extent,
					   in->rank * sizeof(*in->extent))
			== 0;
}

/** Whether the last node joins boxes and scores, a row for each number of them */
static bool ends_in_boxes(const struct graph *graph)
{
	const struct graph_node *last = &graph->nodes[graph->node_count - 1];
	const struct graph_shape *shape = &last->shape;

	return strcmp(last->op->name, "concat") == 0 && last->settings.axis == 0
			&& last->input_count == 2 && shape->rank == 3
			&& shape->extent[1] == 1 && shape->extent[2] > 1
			&& graph->nodes[last->inputs[0]].shape.extent[0] == 4;
}

static int32_t find_logits(const struct graph *graph)
{
	const struct graph_node *nodes = graph->nodes;
	int32_t index = (int32_t)graph->node_count - 1;

	if (graph->detector) {
		return nodes[index].inputs[1];
	}
	if ((nodes[index].op->flags & OPERATION_PROBABILITIES) == 0) {
		return index;
	}
	do {
		index = nodes[index].inputs[0];
	} while (index > 0 && is_identity(nodes, index));
	return index;
}

int32_t graph_boxes(const struct graph *graph)
{
	return graph->detector ? graph->nodes[graph->node_count - 1].inputs[0]
			       : CNNVIZ_LAYER_NONE;
}

bool graph_is_dense(const struct graph *graph)
{
	return graph->nodes[graph->logits].shape.rank == 3;
}

static void find_roles(struct graph *graph, const struct graph_shape *shapes)
{
	graph->roles = memory_resize(graph->roles, graph->node_count,
			sizeof(*graph->roles));
	graph_infer_roles(graph, shapes, NULL, graph->roles);
}

/** Find the logits of a graph whose shapes are known. */
static cnnviz_status choose_logits(struct graph *graph, struct error *error)
{
	const struct graph_node *logits;
	char text[96];

	if (graph->detector && !ends_in_boxes(graph)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s does not end in boxes: task = detect is for a last "
				"layer that is a concat of boxes (4,1,n) and scores "
				"(classes,1,n)",
				graph->name);
	}
	graph->logits = graph->logits_layer != NULL
			? graph_find(graph, graph->logits_layer)
			: find_logits(graph);
	if (graph->logits <= 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has no layer %s whose output could be the logits",
				graph->name, graph->logits_layer);
	}
	logits = &graph->nodes[graph->logits];
	if (logits->shape.rank != 1
			&& (logits->shape.rank != 3
					|| logits->shape.extent[1] * logits->shape.extent[2]
							== 1)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"layer %s (%s) of %s returns %s, which is neither one "
				"score nor one map for each class; end the network with "
				"a flatten",
				logits->name, logits->op->name, graph->name,
				shape_text(&logits->shape, text));
	}
	return CNNVIZ_OK;
}

cnnviz_status graph_finish(struct graph *graph, struct error *error)
{
	struct graph_shape *shapes = NULL;
	cnnviz_status status;

	graph->logits = CNNVIZ_LAYER_NONE;
	graph->last_features = CNNVIZ_LAYER_NONE;
	if (graph->node_count < 2 || graph->node_count > INT32_MAX) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s has no layers",
				graph->name);
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	status = graph_infer(graph, graph->input_size[0], graph->input_size[1], shapes,
			error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		graph->nodes[i].shape = shapes[i];
	}
	status = choose_logits(graph, error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	find_roles(graph, shapes);
	graph->last_features = graph_find_features(graph);
done:
	free(shapes);
	return status;
}

/**
 * \file    graph/detector_features.c
 * \brief   Finds the last feature map that all boxes of a detector depend on
 */
#include "graph/detector_features.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/operation.h"

/** The node that joins the heads' scores, or CNNVIZ_LAYER_NONE */
static int32_t find_joint(const struct graph *graph)
{
	int32_t node = graph->logits;

	while (node > 0 && graph->nodes[node].input_count == 1) {
		node = graph->nodes[node].inputs[0];
	}
	return node > 0 && strcmp(graph->nodes[node].op->name, "concat") == 0
			? node
			: CNNVIZ_LAYER_NONE;
}

/** Set flags of the nodes that have an influence on a node; new */
static bool *find_influence(const struct graph *graph, int32_t node)
{
	bool *flags = memory_new(graph->node_count, sizeof(*flags));

	flags[node] = true;
	for (int32_t i = node; i > 0; i--) {
		const struct graph_node *from = &graph->nodes[i];

		for (size_t k = 0; flags[i] && k < from->input_count; k++) {
			flags[from->inputs[k]] = true;
		}
	}
	return flags;
}

static bool is_map(const struct graph_shape *shape)
{
	return shape->rank == 3 && shape->extent[1] * shape->extent[2] > 1;
}

int32_t graph_find_detector_features(const struct graph *graph)
{
	int32_t joint = graph->detector ? find_joint(graph) : CNNVIZ_LAYER_NONE;
	int32_t last = joint;
	bool *all;

	if (joint == CNNVIZ_LAYER_NONE) {
		return joint;
	}
	all = find_influence(graph, joint);
	for (size_t k = 0; k < graph->nodes[joint].input_count; k++) {
		bool *flags = find_influence(graph, graph->nodes[joint].inputs[k]);

		for (size_t i = 0; i < graph->node_count; i++) {
			all[i] = all[i] && flags[i];
		}
		free(flags);
	}
	while (last > 0 && !(all[last] && is_map(&graph->nodes[last].shape))) {
		last--;
	}
	free(all);
	return last > 0 ? last : CNNVIZ_LAYER_NONE;
}

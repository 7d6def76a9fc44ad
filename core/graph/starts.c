/**
 * \file    graph/starts.c
 * \brief   What the part of a network behind a layer takes from elsewhere
 */
#include "graph/starts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/operation.h"

/** Mark the layer and all that depend on it. */
static void mark_behind(const struct graph *graph, int32_t layer, bool *behind)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct graph_node *node = &graph->nodes[i];

		behind[i] = i == (size_t)layer;
		for (size_t k = 0; k < node->input_count; k++) {
			behind[i] = behind[i] || behind[node->inputs[k]];
		}
	}
}

void graph_mark_starts(const struct graph *graph, int32_t layer, size_t count,
		const int32_t *nodes, bool *starts)
{
	bool *behind = memory_new(graph->node_count, sizeof(*behind));
	bool *needed = memory_new(graph->node_count, sizeof(*needed));
	bool *lends = memory_new(graph->node_count, sizeof(*lends));

	mark_behind(graph, layer, behind);
	for (size_t i = 0; i < count; i++) {
		needed[nodes[i]] = true;
	}
	for (size_t i = graph->node_count; i-- > 0;) {
		const struct graph_node *node = &graph->nodes[i];

		starts[i] = needed[i] && !lends[i] && (i == (size_t)layer || !behind[i]);
		if (!needed[i] || starts[i]) {
			continue;
		}
		for (size_t k = 0; k < node->input_count; k++) {
			needed[node->inputs[k]] = true;
		}
		if ((node->op->flags & OPERATION_UNPOOLS) != 0) {
			lends[node->inputs[1]] = true;
		}
	}
	free(lends);
	free(needed);
	free(behind);
}

uint32_t graph_list_sides(const struct graph *graph, int32_t layer, int32_t last,
		uint32_t room, int32_t *sides)
{
	uint32_t count = 0;

	if (layer < 0 || last < 0) {
		return 0;
	}
	bool *starts = memory_new(graph->node_count, sizeof(*starts));

	graph_mark_starts(graph, layer, 1, &last, starts);
	for (size_t i = 0; i < graph->node_count; i++) {
		if (!starts[i] || i == (size_t)layer) {
			continue;
		}
		if (count < room) {
			sides[count] = (int32_t)i;
		}
		count++;
	}
	free(starts);
	return count;
}

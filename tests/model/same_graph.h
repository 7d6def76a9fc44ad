/**
 * \file    model/same_graph.h
 * \brief   Compares two graphs node by node
 */
#ifndef MODEL_SAME_GRAPH_H
#define MODEL_SAME_GRAPH_H

#include <stdio.h>
#include <string.h>

#include "graph/graph.h"

/** Settings are compared as bytes: both come from structs that were zeroed as a whole. */
static bool same_node(const struct graph_node *a, const struct graph_node *b)
{
	return strcmp(a->name, b->name) == 0 && a->op == b->op
			&& memcmp(&a->settings, &b->settings, sizeof(a->settings)) == 0
			&& a->input_count == b->input_count
			&& (a->input_count == 0
					|| memcmp(a->inputs, b->inputs,
							   a->input_count * sizeof(*a->inputs))
							== 0)
			&& a->shape.rank == b->shape.rank
			&& memcmp(a->shape.extent, b->shape.extent,
					   a->shape.rank * sizeof(*a->shape.extent))
			== 0;
}

/** Whether two graphs have the same nodes in the same order; tells the first that differ */
static bool same_graph(const struct graph *a, const struct graph *b)
{
	bool same = a->node_count == b->node_count && a->logits == b->logits
			&& a->last_features == b->last_features;

	if (!same) {
		printf("\n    %zu and %zu nodes", a->node_count, b->node_count);
	}
	for (size_t i = 0; i < a->node_count && i < b->node_count; i++) {
		if (!same_node(&a->nodes[i], &b->nodes[i])) {
			printf("\n    node %zu: %s, %s", i, a->nodes[i].name,
					b->nodes[i].name);
			return false;
		}
	}
	return same;
}

#endif

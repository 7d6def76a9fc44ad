/**
 * \file    rules/places.c
 * \brief   Where layers are: first, last, before or behind pooling; what reads them
 */
#include "rules/places.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/operation.h"
#include "rules/check.h"

/** Find the layers that no layer with weights is in front of, and values' signs. */
static void look_forward(const struct graph *graph, struct rule_place *places)
{
	bool *weighted = memory_new(graph->node_count, sizeof(*weighted));
	int *readers = memory_new(graph->node_count, sizeof(*readers));

	for (size_t n = 1; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];
		uint32_t flags = node->op->flags;
		bool positive = (flags & OPERATION_KEEPS_SIGN) != 0;
		bool first = true;

		for (size_t k = 0; k < node->input_count; k++) {
			int32_t input = node->inputs[k];

			first = first && !weighted[input];
			positive = positive && places[input].positive;
			places[input].reader = ++readers[input] == 1 ? (int32_t)n : 0;
		}
		places[n].position |= first ? CNNVIZ_AT_FIRST : 0;
		places[n].positive = positive
				|| (flags & (OPERATION_RECTIFIES | OPERATION_PROBABILITIES))
						!= 0;
		weighted[n] = !first || rule_node_has_weights(graph, (int32_t)n);
	}
	free(readers);
	free(weighted);
}

/** Find what no layer with weights, or no pool, is behind on the way to the logits. */
static void look_back(const struct graph *graph, struct rule_place *places)
{
	bool *weighted = memory_new(graph->node_count, sizeof(*weighted));
	bool *pooled = memory_new(graph->node_count, sizeof(*pooled));

	for (size_t n = (size_t)graph->logits + 1; n-- > 1;) {
		const struct graph_node *node = &graph->nodes[n];
		bool weights = weighted[n] || rule_node_has_weights(graph, (int32_t)n);
		bool pool = pooled[n] || (node->op->flags & OPERATION_POOLS) != 0;

		places[n].position |= weighted[n] ? 0 : CNNVIZ_AT_LAST;
		places[n].position |= pooled[n] ? CNNVIZ_AT_BEFORE_POOLING
						: CNNVIZ_AT_AFTER_POOLING;
		for (size_t k = 0; k < node->input_count; k++) {
			weighted[node->inputs[k]] = weighted[node->inputs[k]] || weights;
			pooled[node->inputs[k]] = pooled[node->inputs[k]] || pool;
		}
	}
	free(pooled);
	free(weighted);
}

struct rule_place *rule_places(const struct graph *graph)
{
	struct rule_place *places = memory_new(graph->node_count, sizeof(*places));

	look_forward(graph, places);
	look_back(graph, places);
	return places;
}

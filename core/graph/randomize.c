/**
 * \file    graph/randomize.c
 * \brief   Random weights for a trained graph, all or layer by layer
 */
#include "graph/randomize.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/bind.h"
#include "graph/operation.h"

/* ---- Layers ---------------------------------------------------------------------- */

/** Whether a node is a batch norm that directly follows a layer, and is part of it */
static bool is_attached_norm(const struct graph *graph, size_t i)
{
	const struct graph_node *node = &graph->nodes[i];

	return (node->op->flags & OPERATION_NORMALIZES) != 0
			&& graph->nodes[node->inputs[0]].op->fan_in != NULL;
}

int32_t *graph_weighted_layers(const struct graph *graph, size_t *count)
{
	int32_t *layers = memory_new(graph->node_count, sizeof(*layers));

	*count = 0;
	for (size_t i = (size_t)graph->logits + 1; i-- > 0;) {
		if (graph->nodes[i].weights[GRAPH_WEIGHT] != NULL
				&& !is_attached_norm(graph, i)) {
			layers[(*count)++] = (int32_t)i;
		}
	}
	return layers;
}

bool graph_is_part_of_layer(const struct graph *graph, size_t node, int32_t layer)
{
	return node == (size_t)layer
			|| (node != 0 && graph->nodes[node].inputs[0] == layer
					&& is_attached_norm(graph, node));
}

/* ---- Random weights -------------------------------------------------------------- */

cnnviz_status random_graph_open(const struct graph *graph, uint64_t seed,
		struct random_graph *random, struct error *error)
{
	const struct bind_request request = { .path = "random" };
	struct problems problems = { 0 };

	*random = (struct random_graph){ .weights = weights_random(graph, seed) };
	if (random->weights == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for random weights of %s",
				graph->name);
	}
	random->graph = graph_view(graph);
	/* The weights were made for these layers, so no names need to be mapped. */
	random->graph->rename_count = 0;
	graph_bind(random->graph, random->weights, &request, &problems);
	problems_free(&problems);
	return CNNVIZ_OK;
}

void random_graph_close(struct random_graph *random)
{
	graph_view_free(random->graph);
	weights_free(random->weights);
}

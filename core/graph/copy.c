/**
 * \file    graph/copy.c
 * \brief   Graphs of the same layers that may have other weights
 */
#include "graph/copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct graph *graph_view(const struct graph *graph)
{
	struct graph *view = memory_new(1, sizeof(*view));

	*view = *graph;
	view->nodes = memory_new(graph->node_count, sizeof(*view->nodes));
	memcpy(view->nodes, graph->nodes, graph->node_count * sizeof(*view->nodes));
	return view;
}

void graph_view_free(struct graph *view)
{
	if (view != NULL) {
		free(view->nodes);
		free(view);
	}
}

void graph_take_weights(struct graph *view, const struct graph *from, size_t node)
{
	memcpy(view->nodes[node].weights, from->nodes[node].weights,
			sizeof(view->nodes[node].weights));
}

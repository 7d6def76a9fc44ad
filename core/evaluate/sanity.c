/**
 * \file    evaluate/sanity.c
 * \brief   Cascading randomization
 */
#include "evaluate/sanity.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/bind.h"
#include "graph/operation.h"

static bool has_weights(const struct graph_node *node)
{
	return node->weights[GRAPH_WEIGHT] != NULL;
}

/* Whether a node is a batch norm that directly follows a layer, and is part of it */
static bool is_attached_norm(const struct graph *graph, size_t i)
{
	const struct graph_node *node = &graph->nodes[i];

	if ((node->op->flags & OPERATION_NORMALIZES) == 0) {
		return false;
	}
	const struct graph_node *before = &graph->nodes[node->inputs[0]];
	return before->op->fan_in != NULL;
}

/* First nodes of all layers, from the logits down; malloc'ed */
static int32_t *find_layers(const struct graph *graph, size_t *count)
{
	int32_t *layers = memory_new(graph->node_count, sizeof(*layers));

	*count = 0;
	for (size_t i = (size_t)graph->logits + 1; i-- > 0;) {
		if (has_weights(&graph->nodes[i]) && !is_attached_norm(graph, i)) {
			layers[(*count)++] = (int32_t)i;
		}
	}
	return layers;
}

/* Copy a graph's nodes; names and inputs are shared with the original. */
static struct graph copy_graph(const struct graph *graph)
{
	struct graph copy = *graph;

	copy.nodes = memory_new(graph->node_count, sizeof(*copy.nodes));
	memcpy(copy.nodes, graph->nodes, graph->node_count * sizeof(*copy.nodes));
	return copy;
}

cnnviz_status sanity_start(const struct graph *trained, uint64_t seed, size_t most,
		struct sanity_cascade *cascade, struct error *error)
{
	const struct bind_request request = { .path = "random" };
	struct problems problems = { 0 };
	size_t count = 0;
	int32_t *layers = find_layers(trained, &count);

	*cascade = (struct sanity_cascade){ .trained = trained };
	cascade->weights = weights_random(trained, seed);
	if (cascade->weights == NULL) {
		free(layers);
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for random weights of %s",
				trained->name);
	}
	cascade->random = copy_graph(trained);
	/* The weights were made for these layers, so no names need to be mapped. */
	cascade->random.rename_count = 0;
	graph_bind(&cascade->random, cascade->weights, &request, &problems);
	problems_free(&problems);
	cascade->count = count < most ? count : most;
	cascade->stages = memory_new(cascade->count, sizeof(*cascade->stages));
	for (size_t i = 0; i < cascade->count; i++) {
		cascade->stages[i] = layers[(i + 1) * count / cascade->count - 1];
	}
	free(layers);
	return CNNVIZ_OK;
}

struct graph *sanity_graph(const struct sanity_cascade *cascade, size_t stage)
{
	struct graph *graph = memory_new(1, sizeof(*graph));

	*graph = copy_graph(cascade->trained);
	for (size_t i = (size_t)cascade->stages[stage]; i < graph->node_count; i++) {
		memcpy(graph->nodes[i].weights, cascade->random.nodes[i].weights,
				sizeof(graph->nodes[i].weights));
	}
	return graph;
}

void sanity_graph_free(struct graph *graph)
{
	if (graph != NULL) {
		free(graph->nodes);
		free(graph);
	}
}

const char *sanity_stage_name(const struct sanity_cascade *cascade, size_t stage)
{
	return cascade->trained->nodes[cascade->stages[stage]].name;
}

void sanity_end(struct sanity_cascade *cascade)
{
	free(cascade->random.nodes);
	free(cascade->stages);
	weights_free(cascade->weights);
}

/**
 * \file    evaluate/sanity.c
 * \brief   Cascading randomization
 */
#include "evaluate/sanity.h"

#include <stdlib.h>

#include "base/memory.h"

cnnviz_status sanity_start(const struct graph *trained, uint64_t seed, size_t most,
		struct sanity_cascade *cascade, struct error *error)
{
	size_t count = 0;
	int32_t *layers = graph_weighted_layers(trained, &count);

	*cascade = (struct sanity_cascade){ .trained = trained };
	if (random_graph_open(trained, seed, &cascade->random, error) != CNNVIZ_OK) {
		free(layers);
		return error->status;
	}
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
	struct graph *graph = graph_view(cascade->trained);

	for (size_t i = (size_t)cascade->stages[stage]; i < graph->node_count; i++) {
		graph_take_weights(graph, cascade->random.graph, i);
	}
	return graph;
}

const char *sanity_stage_name(const struct sanity_cascade *cascade, size_t stage)
{
	return cascade->trained->nodes[cascade->stages[stage]].name;
}

void sanity_end(struct sanity_cascade *cascade)
{
	random_graph_close(&cascade->random);
	free(cascade->stages);
}

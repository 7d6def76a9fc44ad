/**
 * \file    graph/neuron.c
 * \brief   Neurons that jobs explain in place of classes
 */
#include "graph/neuron.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int64_t neurons_find(const struct neurons *neurons, const char *name)
{
	for (size_t i = 0; i < neurons->count; i++) {
		if (strcmp(neurons->items[i].name, name) == 0) {
			return CNNVIZ_NEURON((int64_t)i);
		}
	}
	return -1;
}

int64_t neurons_add(struct neurons *neurons, const struct neuron *neuron)
{
	int64_t known = neurons_find(neurons, neuron->name);
	size_t count = neurons->count;

	if (known >= 0) {
		return known;
	}
	neurons->items = memory_resize(neurons->items, count + 1,
			sizeof(*neurons->items));
	neurons->items[count] = *neuron;
	neurons->items[count].name = memory_text(neuron->name);
	neurons->count++;
	return CNNVIZ_NEURON((int64_t)count);
}

const struct neuron *neurons_get(const struct neurons *neurons, int64_t target)
{
	int64_t index = target - CNNVIZ_NEURON(0);

	return CNNVIZ_IS_NEURON(target) && index >= 0 && (uint64_t)index < neurons->count
			? &neurons->items[index]
			: NULL;
}

void neurons_free(struct neurons *neurons)
{
	for (size_t i = 0; i < neurons->count; i++) {
		free(neurons->items[i].name);
	}
	free(neurons->items);
}

bool graph_depends(const struct graph *graph, int32_t node, int32_t other)
{
	bool *needed = memory_new(graph->node_count, sizeof(*needed));

	needed[node] = true;
	/* Inputs stand before what takes them. */
	for (int32_t i = node; i > other; i--) {
		for (size_t k = 0; needed[i] && k < graph->nodes[i].input_count; k++) {
			needed[graph->nodes[i].inputs[k]] = true;
		}
	}
	bool depends = other <= node && needed[other];

	free(needed);
	return depends;
}

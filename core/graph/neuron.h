/**
 * \file    graph/neuron.h
 * \brief   Neurons that jobs explain in place of classes
 *
 * A target of this kind is CNNVIZ_NEURON() of its number in the list.
 */
#ifndef GRAPH_NEURON_H
#define GRAPH_NEURON_H

#include <cnnviz/host.h>

#include "graph/graph.h"

/** A channel of a layer, in the shape that the layer is shown in, or one of its places */
struct neuron {
	char *name; /* LAYER:CHANNEL or LAYER:CHANNEL:ROW:COLUMN */
	int32_t node;
	int64_t channel;
	int64_t row, column; /* -1: the sum over all places of the channel */
};

/** Those that the jobs of a plan explain; a part of the model, which names targets */
struct neurons {
	struct neuron *items;
	size_t count;
};

/** Add a neuron, unless it is there; its name is copied. Returns the target. */
int64_t neurons_add(struct neurons *neurons, const struct neuron *neuron);

/** The neuron of a target, or NULL where that is a class */
const struct neuron *neurons_get(const struct neurons *neurons, int64_t target);

/** The target of the neuron with a name, or -1 */
int64_t neurons_find(const struct neurons *neurons, const char *name);

/** Free the list's contents. */
void neurons_free(struct neurons *neurons);

/** Whether a node's value depends on that of another one, or is it */
bool graph_depends(const struct graph *graph, int32_t node, int32_t other);

#endif

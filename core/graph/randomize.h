/**
 * \file    graph/randomize.h
 * \brief   Random weights for a trained graph, all or layer by layer
 */
#ifndef GRAPH_RANDOMIZE_H
#define GRAPH_RANDOMIZE_H

#include "graph/copy.h"
#include "weights/weights.h"

/** A graph's layers with random weights */
struct random_graph {
	struct graph *graph; /* a view */
	struct weights *weights;
};

/** \brief  Draw the weights of all layers anew, as `weights = random` does */
cnnviz_status random_graph_open(const struct graph *graph, uint64_t seed,
		struct random_graph *random, struct error *error);
void random_graph_close(struct random_graph *random);

/**
 * \brief   First nodes of all layers with weights, from the logits down; malloc'ed
 *
 * A layer is a convolution or a linear layer with the batch norms that directly follow
 * it; any other batch norm is a layer itself.
 */
int32_t *graph_weighted_layers(const struct graph *graph, size_t *count);

/** Whether a node belongs to the layer that starts with another, in the sense above */
bool graph_is_part_of_layer(const struct graph *graph, size_t node, int32_t layer);

#endif

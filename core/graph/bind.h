/**
 * \file    graph/bind.h
 * \brief   Binds weights to a graph, and creates random ones
 */
#ifndef GRAPH_BIND_H
#define GRAPH_BIND_H

#include "graph/graph.h"
#include "weights/weights.h"

/** Source and options of weights */
struct bind_request {
	const char *path;     /* for messages */
	const char *key;      /* [model] weights_key, or NULL */
	bool allow_nonfinite; /* accept NaN and infinities */
};

/**
 * \brief   Point the graph's nodes at their tensors
 *
 * Tensors are found by name, as fit.h says; those under another name of old go by the
 * graph's renames. The last layer gets as many classes as the file has. Adds a problem, about [model] weights, for every tensor that is missing,
 * of another shape, with values that are not finite, or there without a place in the network, about ten of each kind
 * by name. num_batches_tracked and what graph->ignored lists may be there.
 *
 * \param   weights     Outlives the graph
 */
void graph_bind(struct graph *graph, struct weights *weights,
		const struct bind_request *request, struct problems *problems);

/**
 * \brief   Seeded random weights
 *
 * He et al. 2015 (arXiv 1502.01852): convolutions and linear layers have mean 0 and
 * variance 2 / fan-in. Batch norms have weights near 1, biases near 0 and the
 * running statistics that normalize what they are expected to get. Each tensor
 * depends on the seed, its name and its shape alone; the same on every machine.
 *
 * \return  NULL when out of memory
 */
struct weights *weights_random(const struct graph *graph, uint64_t seed);

#endif

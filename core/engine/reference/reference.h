/**
 * \file    engine/reference/reference.h
 * \brief   Networks in double precision, by loops that follow the definitions
 *
 * What the fast engine is held against, and what stands in for it where there is no
 * libtorch. Values are doubles throughout, so that finite differences have digits
 * to spare.
 */
#ifndef REFERENCE_REFERENCE_H
#define REFERENCE_REFERENCE_H

#include <cnnviz/host.h>

#include "graph/graph.h"

/** Output of a node: (N,C,h,w) or (N,features); h and w are 1 where there are none */
struct reference_value {
	uint32_t rank; /* 4 or 2; 0 when the node was not run */
	int64_t shape[4];
	int64_t count;
	double *data;
	double *gradient; /* from the last reference_backward(), or NULL */
	int64_t *winner;  /* max_pool2d: input element of each output element;
	                         * max_unpool2d: the same from 1 up, 0 where there is none */
};

/** A forward pass */
struct reference_run {
	const struct graph *graph;
	const cnnviz_tensor_api *tensor;
	struct reference_value *values; /* node_count */
};

/** Asked before each node; true ends a call early */
typedef bool (*reference_stop)(void *context);

/**
 * \brief   Run those nodes that the wanted ones depend on
 *
 * \param   shape   N,C,H,W of the input
 * \param   wanted  node_count flags
 * \param   stop    May be NULL
 * \param   error   May be NULL: a size that a layer cannot take, other channels than
 *                  the network's, out of memory, or stop() said so
 *
 * \return  NULL on failure.
 */
struct reference_run *reference_forward(const struct graph *graph,
		const cnnviz_tensor_api *tensor, const int64_t shape[4],
		const double *input, const bool *wanted, reference_stop stop,
		void *context, struct error *error);

/**
 * \brief   Gradients of a sum over seeds, into values[].gradient
 *
 * \param   seeds   node_count pointers, NULL where there is no seed
 * \param   first   The shallowest node whose gradient is wanted; those of the nodes
 *                  before it are left incomplete
 * \param   error   May be NULL: out of memory, or stop() said so
 */
cnnviz_status reference_backward(struct reference_run *run, uint32_t rule,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context, struct error *error);

void reference_free(struct reference_run *run);

#endif

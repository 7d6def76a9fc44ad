/**
 * \file    engine/reference/reference.h
 * \brief   Runs networks in double precision, with loops that follow the definitions
 *
 * The fast engine is compared with it, and it replaces the fast one without libtorch.
 * All values are doubles, so that finite differences are accurate.
 */
#ifndef REFERENCE_REFERENCE_H
#define REFERENCE_REFERENCE_H

#include <cnnviz/host.h>

#include "engine/rule.h"
#include "graph/graph.h"

/**
 * Output of a node: (N,C,h,w), (N,features) or of another rank; extents behind the last are 1
 */
struct reference_value {
	uint32_t rank; /* with the items; 0 when the node was not run */
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t count;
	double *data;
	double *gradient; /* from the last reference_backward(), or NULL */
	int64_t *winner;  /* max_pool2d: input element of each output element;
	                         * max_unpool2d: the same plus 1, 0 if there is none */
};

/** A forward pass */
struct reference_run {
	const struct graph *graph;
	const cnnviz_tensor_api *tensor;
	struct reference_value *values; /* node_count */
	bool *given; /* node_count: the values that were not computed */
};

/** Called before each node; true ends a call early */
typedef bool (*reference_stop)(void *context);

/**
 * \brief   Run the nodes that the requested ones depend on
 *
 * \param   shape   N,C,H,W of the input
 * \param   wanted  node_count flags
 * \param   stop    May be NULL
 * \param   error   May be NULL: a size that a layer does not support, a number of
 *                     channels that is not the network's, out of memory, or stopped
 *
 * \return  NULL on failure
 */
struct reference_run *reference_forward(const struct graph *graph,
		const cnnviz_tensor_api *tensor, const int64_t shape[4],
		const double *input, const bool *wanted, reference_stop stop,
		void *context, struct error *error);

/** A node whose value a pass is given */
struct reference_start {
	int32_t node;
	uint32_t rank;
	const int64_t *shape; /* with the items */
	const double *values;
};

/**
 * \brief   Like reference_forward(), from values of nodes in the middle
 *
 * What is in front of them is not run, and has no gradient.
 */
struct reference_run *reference_forward_from(const struct graph *graph,
		const cnnviz_tensor_api *tensor, size_t start_count,
		const struct reference_start *starts, const bool *wanted,
		reference_stop stop, void *context, struct error *error);

/**
 * \brief   Gradients of a sum over seeds, into values[].gradient
 *
 * \param   seeds   node_count pointers, NULL where there is no seed
 * \param   first   The shallowest node whose gradient is requested; gradients of nodes
 *                     before it are incomplete
 * \param   error   May be NULL: out of memory, or stopped
 */
cnnviz_status reference_backward(struct reference_run *run, uint32_t rule,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context, struct error *error);

/**
 * \brief   Like reference_backward(), with a rule for each node
 *
 * \param   rules       Of which the reference is not looked at
 * \param   reference   In its place; NULL: none
 */
cnnviz_status reference_backward_by_rules(struct reference_run *run,
		const struct engine_rules *rules, const struct reference_run *reference,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context, struct error *error);

/**
 * \brief   The Hessian of a sum over seeds, times a direction
 *
 * \param   run         Of which the first node's value was given
 * \param   seeds       As of reference_backward(), whose gradients it leaves behind
 * \param   first       Node with respect to whose value it is, along the direction
 * \param   product     Receives as many values as that node has
 * \param   error       May be NULL: out of memory, or stopped
 */
cnnviz_status reference_hessian_product(struct reference_run *run,
		const double *const *seeds, int32_t first, const double *direction,
		double *product, reference_stop stop, void *context, struct error *error);

void reference_free(struct reference_run *run);

#endif

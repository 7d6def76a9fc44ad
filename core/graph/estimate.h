/**
 * \file    graph/estimate.h
 * \brief   Estimates how much memory a pass needs
 */
#ifndef GRAPH_ESTIMATE_H
#define GRAPH_ESTIMATE_H

#include "graph/graph.h"

/**
 * \brief   Estimate the peak memory of a pass's values in bytes
 *
 * For an engine that releases values as soon as they are not needed: outputs that are
 * still to be read, what gradients need, and what an operation needs while it runs.
 * Weights, the host's values and memory reserved by libraries are not included. With
 * libtorch a batch takes at most 1.5 times as much.
 *
 * \param   shapes      Of every node, as graph_infer_part() gives them: one of rank 0 is
 *                      not run
 * \param   items       Of the batch
 * \param   backward    Whether gradients of the input follow
 */
double graph_memory(const struct graph *graph, const struct graph_shape *shapes,
		int64_t items, bool backward);

/** Bytes of all weights of a graph that has them */
double graph_weight_memory(const struct graph *graph);

/**
 * \brief   Add to an error of a pass how much memory the pass needs
 *
 * Does nothing unless the error's status is CNNVIZ_ERROR_MEMORY.
 *
 * \param   input       N,C,H,W
 * \param   captures    count nodes
 */
void graph_explain_memory(const struct graph *graph, const int64_t input[4], size_t count,
		const int32_t *captures, bool backward, struct error *error);

#endif

/**
 * \file    graph/copy.h
 * \brief   Graphs of the same layers that may have other weights
 */
#ifndef GRAPH_COPY_H
#define GRAPH_COPY_H

#include "graph/graph.h"

/**
 * \brief   Another graph of the same layers, whose nodes may point at other weights
 *
 * Names and inputs are those of the original, which must outlive it. Free it with
 * graph_view_free().
 */
struct graph *graph_view(const struct graph *graph);

/** NULL is allowed. */
void graph_view_free(struct graph *view);

/** \brief  Let a node of a view have the weights of the same node of another graph. */
void graph_take_weights(struct graph *view, const struct graph *from, size_t node);

#endif

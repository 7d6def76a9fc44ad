/**
 * \file    graph/shapes.h
 * \brief   Helpers of the operations' shape functions
 */
#ifndef GRAPH_SHAPES_H
#define GRAPH_SHAPES_H

#include "graph/graph.h"

/** Whether a product of extents is a possible number of values */
bool shape_fits(size_t count, const int64_t *extents);

/** Number of values in a shape */
int64_t shape_values(const struct graph_shape *shape);

/** "(64,55,55)" into text; returns text */
const char *shape_text(const struct graph_shape *shape, char text[96]);

/** Refuse a node whose input i does not fit its first one. */
cnnviz_status shape_refuse_inputs(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes, size_t i,
		struct error *error);

#endif

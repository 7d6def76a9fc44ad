/**
 * \file    graph/onnx/view.h
 * \brief   How an array of the file relates to the output of a node
 *
 * The graph has (channels,height,width) and rows of features; an ONNX file splits, merges
 * and swaps axes at will. A view says for each axis of the file's array which pieces of the
 * node's memory it runs through, outermost first, so that reshaping and transposing make
 * no nodes. The batch, which is 1 while a file is read, has no pieces.
 */
#ifndef ONNX_VIEW_H
#define ONNX_VIEW_H

#include "graph/graph.h"

#define VIEW_MAX_PIECES 8

/** A part of an axis: extent steps of stride elements in the node's row-major memory */
struct view_piece {
	int64_t extent, stride;
};

struct view_axis {
	int64_t extent; /* product of those of the pieces; 1 without any */
	uint32_t count;
	struct view_piece pieces[VIEW_MAX_PIECES];
};

struct onnx_node;

struct view {
	const struct onnx_node
			*maker; /* of the file, that gave it these axes; may be NULL */
	int32_t node;
	uint32_t rank;
	struct view_axis axes[CNNVIZ_MAX_RANK];
};

/** A node's output as (1,channels,height,width) or (1,features) */
struct view view_whole(int32_t node, const struct graph_shape *shape);

/** Extents of the file's array */
void view_extents(const struct view *view, int64_t extent[CNNVIZ_MAX_RANK]);

/** Whether a view is that of view_whole() */
bool view_is_whole(const struct view *view, const struct graph_shape *shape);

/** Whether it runs through the node's memory in order, whatever its axes */
bool view_is_in_order(const struct view *view);

/** Whether two views of nodes of one shape have the same axes */
bool view_same(const struct view *a, const struct view *b);

/** Axis d becomes what axis permutation[d] was. */
struct view view_permuted(const struct view *view, const int64_t *permutation);

/**
 * \brief   The view with other extents of the same product
 *
 * \return  False where the extents cut a piece unevenly, or cut it into too many.
 */
bool view_reshape(struct view *view, uint32_t rank, const int64_t *extent);

/** All pieces in the view's order, neighbors that belong together joined */
struct view_axis view_pieces(const struct view *view);

/** Whether an axis runs through channels alone, and there through all; of features too, but
 * not of arrays of another rank */
bool view_is_channel(const struct view *view, uint32_t axis,
		const struct graph_shape *shape);

/**
 * \brief   Groups of a channel shuffle that gives (1,channels,height,width)
 *
 * \return  0 where no shuffle does.
 */
int64_t view_shuffle(const struct view *view, const struct graph_shape *shape);

#endif

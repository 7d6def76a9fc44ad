/**
 * \file    graph/onnx/layout.h
 * \brief   Live arrays as nodes that have their axes in order
 */
#ifndef ONNX_LAYOUT_H
#define ONNX_LAYOUT_H

#include "graph/onnx/conversion.h"

/** Number of a live array's axes that its node does not have: the batch, if that is in front */
uint32_t onnx_skipped(const struct view *view);

/**
 * \brief   A live array as a node with its axes, but for the first `skipped`
 *
 * Values whose axes were swapped become those of a permute. Errors: more than
 * GRAPH_MAX_RANK axes, or values that lie in memory in as many parts.
 */
cnnviz_status onnx_view_array(struct conversion *conversion, const struct view *view,
		uint32_t skipped, int32_t *node, struct error *error);

/** The view of a node whose array has `skipped` more axes, of extent 1, in front */
struct view onnx_array_view(struct conversion *conversion, int32_t node,
		uint32_t skipped);

/** A view with axes of 1 in front, or without some of those */
struct view onnx_with_rank(const struct view *view, uint32_t rank);

/**
 * \brief   A constant as a node of as many axes
 *
 * Leading axes of 1 may be added.
 *
 * \param   like    A node of as many items, that is used beside it
 */
cnnviz_status onnx_constant_node(struct conversion *conversion,
		const struct constant *constant, uint32_t rank, int32_t like,
		int32_t *node, struct error *error);

/**
 * \brief   A constant input as a weight of a shape
 *
 * One that is left out is 0, and one of fewer numbers, which divide those of the shape, has
 * each of them for several neighbors.
 *
 * \param   shape   Its rank and extents
 */
cnnviz_status onnx_read_weight(struct conversion *conversion, size_t input,
		const struct constant *shape, struct constant *weight,
		struct error *error);

#endif

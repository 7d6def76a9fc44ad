/**
 * \file    graph/onnx/operands.c
 * \brief   Live arrays that are combined, with what is smaller repeated
 */
#include "graph/onnx/operands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/layout.h"
#include "graph/onnx/products.h"
#include "graph/shapes.h"

struct operands {
	size_t count;
	struct view *views;                /* of the live ones */
	const struct constant **constants; /* of the others */
	int32_t *nodes;
};

static bool same_extents(const struct constant *a, const struct constant *b)
{
	return a->rank == b->rank
			&& memcmp(a->extent, b->extent, a->rank * sizeof(*a->extent))
			== 0;
}

/** Extend extents by those of another array. */
static cnnviz_status extend(struct constant *shape, uint32_t rank, const int64_t *extent,
		struct error *error)
{
	struct constant other = { .rank = rank };
	int64_t result[CNNVIZ_MAX_RANK];
	uint32_t count;
	cnnviz_status status;

	memcpy(other.extent, extent, rank * sizeof(*extent));
	status = folded_extents(shape, &other, &count, result, error);
	if (status == CNNVIZ_OK) {
		shape->rank = count;
		memcpy(shape->extent, result, count * sizeof(*result));
	}
	return status;
}

/* ---- What is combined ---------------------------------------------------------- */

/**
 * Extents of the result, from those of the inputs, and what they are if none is repeated
 * before
 */
static cnnviz_status find_extents(const struct conversion *conversion, size_t count,
		struct constant *result, struct constant *bare, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	*result = *bare = (struct constant){ .rank = 0 };
	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		const struct value *value = onnx_input_at(conversion, i);
		int64_t extent[CNNVIZ_MAX_RANK], own[CNNVIZ_MAX_RANK];
		uint32_t rank;

		if (value->kind == VALUE_CONSTANT) {
			const struct constant *constant = &value->constant;

			status = extend(result, constant->rank, constant->extent, error);
			continue;
		}
		rank = onnx_extents(value, extent);
		status = extend(result, rank, extent, error);
		view_extents(&value->view, own);
		if (status == CNNVIZ_OK) {
			status = extend(bare,
					value->repeated_rank > 0 ? value->view.rank
								 : rank,
					value->repeated_rank > 0 ? own : extent, error);
		}
	}
	return status;
}

/** The views of all inputs; those that an Expand repeats as they were, if that will do */
static cnnviz_status read_views(struct conversion *conversion, struct operands *operands,
		struct constant *result, struct error *error)
{
	struct constant bare;
	const struct view *view;
	cnnviz_status status = find_extents(conversion, operands->count, result, &bare,
			error);

	for (size_t i = 0; i < operands->count && status == CNNVIZ_OK; i++) {
		const struct value *value = onnx_input_at(conversion, i);

		if (value->kind == VALUE_CONSTANT) {
			operands->constants[i] = &value->constant;
			continue;
		}
		if (value->repeated_rank > 0 && same_extents(result, &bare)) {
			operands->views[i] = value->view;
			continue;
		}
		status = onnx_input_live(conversion, i, &view, error);
		if (status == CNNVIZ_OK) {
			operands->views[i] = *view;
		}
	}
	return status;
}

/* ---- Ways to combine ----------------------------------------------------------- */

/** Combine the nodes; the result has the axes of a view, or those of a map if NULL. */
static cnnviz_status finish(struct conversion *conversion, const char *operation,
		const struct operands *operands, const struct view *axes,
		struct error *error)
{
	int32_t node;
	struct view view;
	cnnviz_status status = onnx_add_node(conversion, operation, NULL, operands->count,
			operands->nodes, &node, error);

	if (status == CNNVIZ_OK) {
		view = axes != NULL
				? *axes
				: view_whole(node, build_shape(&conversion->build, node));
		view.node = node;
		onnx_set_view(conversion, &view);
	}
	return status;
}

static bool same_shape(const struct graph_shape *a, const struct graph_shape *b)
{
	return a->rank == b->rank
			&& memcmp(a->extent, b->extent, a->rank * sizeof(*a->extent))
			== 0;
}

static bool has_constants(const struct operands *operands)
{
	for (size_t i = 0; i < operands->count; i++) {
		if (operands->constants[i] != NULL) {
			return true;
		}
	}
	return false;
}

/** Whether all have the same axes of nodes of one shape */
static bool all_same(const struct conversion *conversion, const struct operands *operands)
{
	const struct build *build = &conversion->build;
	const struct view *first = &operands->views[0];
	bool same = !has_constants(operands);

	for (size_t i = 1; same && i < operands->count; i++) {
		same = view_same(first, &operands->views[i])
				&& same_shape(build_shape(build, first->node),
						build_shape(build,
								operands->views[i].node));
	}
	return same;
}

/** Whether factors are numbers for the channels of a view, the same at all places */
static bool are_channels(const struct conversion *conversion, const struct view *view,
		const struct view *factors)
{
	const struct graph_shape *shape = build_shape(&conversion->build, view->node);
	const struct graph_shape *other = build_shape(&conversion->build, factors->node);
	bool channels = shape->rank == 3 && other->rank == 3
			&& shape->extent[0] == other->extent[0]
			&& shape_values(other) == shape->extent[0]
			&& view->rank == factors->rank;

	for (uint32_t d = 0; channels && d < view->rank; d++) {
		channels = factors->axes[d].extent == 1
				|| (view_is_channel(view, d, shape)
						&& view_is_channel(factors, d, other));
	}
	return channels;
}

/** Combine rows of features. */
static cnnviz_status combine_rows(struct conversion *conversion, const char *operation,
		struct operands *operands, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < operands->count && status == CNNVIZ_OK; i++) {
		status = onnx_view_row(conversion, &operands->views[i],
				&operands->nodes[i], error);
	}
	return status == CNNVIZ_OK ? finish(conversion, operation, operands, NULL, error)
				   : status;
}

/** Make the operands nodes of one rank: the result's, without the batch if that is in front. */
static cnnviz_status lay_out(struct conversion *conversion, struct operands *operands,
		const struct constant *result, uint32_t skipped, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	int32_t live = 0;

	for (size_t i = 0; i < operands->count && status == CNNVIZ_OK; i++) {
		if (operands->constants[i] == NULL) {
			struct view view = onnx_with_rank(&operands->views[i],
					result->rank);

			status = onnx_view_array(conversion, &view, skipped,
					&operands->nodes[i], error);
			live = operands->nodes[i];
		}
	}
	for (size_t i = 0; i < operands->count && status == CNNVIZ_OK; i++) {
		if (operands->constants[i] != NULL) {
			status = onnx_constant_node(conversion, operands->constants[i],
					result->rank - skipped, live, &operands->nodes[i],
					error);
		}
	}
	return status;
}

/** Combine arrays whose axes fit when counted from the last one. */
static cnnviz_status combine_arrays(struct conversion *conversion, const char *operation,
		struct operands *operands, const struct constant *result,
		struct error *error)
{
	uint32_t skipped = result->rank > 1 && result->extent[0] == 1;
	struct view view;
	int32_t node;
	cnnviz_status status = lay_out(conversion, operands, result, skipped, error);

	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, operation, NULL, operands->count,
				operands->nodes, &node, error);
	}
	if (status == CNNVIZ_OK) {
		view = onnx_array_view(conversion, node, skipped);
		onnx_set_view(conversion, &view);
	}
	return status;
}

static cnnviz_status combine_views(struct conversion *conversion, const char *operation,
		struct operands *operands, const struct constant *result,
		struct error *error)
{
	const struct view *views = operands->views;
	bool two = operands->count == 2 && !has_constants(operands);
	bool first = two && are_channels(conversion, &views[0], &views[1]);
	bool second = two && are_channels(conversion, &views[1], &views[0]);

	if (first || second || all_same(conversion, operands)) {
		for (size_t i = 0; i < operands->count; i++) {
			operands->nodes[i] = views[i].node;
		}
		return finish(conversion, operation, operands,
				second && !first ? &views[1] : &views[0], error);
	}
	return result->rank == 2 && result->extent[0] == 1 && !has_constants(operands)
			? combine_rows(conversion, operation, operands, error)
			: combine_arrays(conversion, operation, operands, result, error);
}

cnnviz_status onnx_combine(struct conversion *conversion, const char *operation,
		struct error *error)
{
	struct operands operands = { .count = onnx_input_count(conversion) };
	struct constant result;
	cnnviz_status status;

	operands.views = memory_new(operands.count, sizeof(*operands.views));
	operands.constants = memory_new(operands.count, sizeof(*operands.constants));
	operands.nodes = memory_new(operands.count, sizeof(*operands.nodes));
	status = read_views(conversion, &operands, &result, error);
	if (status == CNNVIZ_OK) {
		status = combine_views(conversion, operation, &operands, &result, error);
	}
	free(operands.views);
	free(operands.constants);
	free(operands.nodes);
	return status;
}

/* ---- Products of matrices ------------------------------------------------------ */

/** The rank of both inputs, and whether their first axis is a batch of 1 */
static cnnviz_status matrix_rank(const struct conversion *conversion,
		struct constant *common, uint32_t *skipped, struct error *error)
{
	int64_t extent[CNNVIZ_MAX_RANK];
	bool batch = true;

	*common = (struct constant){ .rank = 2 };
	for (size_t i = 0; i < 2; i++) {
		const struct value *value = onnx_input_at(conversion, i);
		uint32_t rank;

		if (value == NULL) {
			return error_set(error, CNNVIZ_ERROR_INPUT, "has too few inputs");
		}
		rank = value->kind == VALUE_CONSTANT ? value->constant.rank
						     : onnx_extents(value, extent);
		if (rank < 2) {
			return onnx_refuse(error, "of an array of one dimension");
		}
		common->rank = rank > common->rank ? rank : common->rank;
	}
	for (size_t i = 0; i < 2; i++) {
		const struct value *value = onnx_input_at(conversion, i);
		uint32_t rank = value->constant.rank;
		int64_t first = value->constant.extent[0];

		if (value->kind == VALUE_LIVE) {
			rank = onnx_extents(value, extent);
			first = extent[0];
		}
		batch = batch && (rank < common->rank || first == 1);
	}
	*skipped = batch && common->rank > 2;
	return CNNVIZ_OK;
}

/** Multiply the nodes that operands have become. */
static cnnviz_status add_product(struct conversion *conversion,
		const struct operands *operands, uint32_t rank, uint32_t skipped,
		int32_t *node, struct error *error)
{
	struct live_product product = { .skipped = skipped };

	if (has_constants(operands)) {
		return onnx_add_product(conversion, operands->nodes, NULL, node, error);
	}
	for (size_t i = 0; i < 2; i++) {
		product.factors[i] = onnx_with_rank(&operands->views[i], rank);
	}
	return onnx_add_product(conversion, operands->nodes, &product, node, error);
}

cnnviz_status onnx_multiply_arrays(struct conversion *conversion, struct error *error)
{
	struct view views[2], view;
	const struct constant *constants[2] = { NULL, NULL };
	int32_t nodes[2], node;
	struct operands operands = { 2, views, constants, nodes };
	struct constant common;
	uint32_t skipped = 0;
	cnnviz_status status = matrix_rank(conversion, &common, &skipped, error);

	for (size_t i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		const struct value *value = onnx_input_at(conversion, i);
		const struct view *live;

		if (value->kind == VALUE_CONSTANT) {
			constants[i] = &value->constant;
			continue;
		}
		status = onnx_input_live(conversion, i, &live, error);
		if (status == CNNVIZ_OK) {
			views[i] = *live;
		}
	}
	if (status == CNNVIZ_OK) {
		status = lay_out(conversion, &operands, &common, skipped, error);
	}
	if (status == CNNVIZ_OK) {
		status = add_product(conversion, &operands, common.rank, skipped, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		view = onnx_array_view(conversion, node, skipped);
		onnx_set_view(conversion, &view);
	}
	return status;
}

/* ---- Expand -------------------------------------------------------------------- */

/** Whether there are extents, and not too many values */
static bool is_possible(const struct constant *shape)
{
	for (uint32_t d = 0; d < shape->rank; d++) {
		if (shape->extent[d] < 1) {
			return false;
		}
	}
	return shape_fits(shape->rank, shape->extent);
}

cnnviz_status onnx_convert_expand(struct conversion *conversion, struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK], before[CNNVIZ_MAX_RANK];
	struct value result = { .kind = VALUE_LIVE };
	struct constant shape;
	const struct view *view;
	size_t count;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_list(conversion, "shape", 1, list, &count, error);
	}
	if (status == CNNVIZ_OK && count > CNNVIZ_MAX_RANK) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"makes more than 8 dimensions");
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	view_extents(view, before);
	shape = (struct constant){ .rank = (uint32_t)count };
	memcpy(shape.extent, list, count * sizeof(*list));
	status = extend(&shape, view->rank, before, error);
	if (status == CNNVIZ_OK && !is_possible(&shape)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"makes an impossible number of values");
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	result.view = onnx_with_rank(view, shape.rank);
	result.view.maker = conversion->node;
	result.repeated_rank = shape.rank;
	memcpy(result.repeated, shape.extent, shape.rank * sizeof(*shape.extent));
	*onnx_value_of(conversion, conversion->node->outputs[0]) = result;
	return CNNVIZ_OK;
}

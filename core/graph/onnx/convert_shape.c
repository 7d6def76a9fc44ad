/**
 * \file    graph/onnx/convert_shape.c
 * \brief   Operators that give values other axes, select them or join them
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "graph/onnx/axes.h"
#include "base/memory.h"
#include "graph/onnx/fold.h"
#include "graph/onnx/folded.h"
#include "graph/shapes.h"

/* ---- Views --------------------------------------------------------------------- */

/** The first input, live, with other extents */
static cnnviz_status reshape_input(struct conversion *conversion, uint32_t rank,
		const int64_t *extent, struct error *error)
{
	const struct view *view;
	struct view result;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	result = *view;
	if (!view_reshape(&result, rank, extent)) {
		return onnx_refuse(error, "that cuts across axes");
	}
	onnx_set_view(conversion, &result);
	return CNNVIZ_OK;
}

/** Reshape and its like: the extents follow from those of the input. */
static cnnviz_status convert_extents(struct conversion *conversion, struct error *error)
{
	const struct view *view;
	int64_t before[CNNVIZ_MAX_RANK], after[CNNVIZ_MAX_RANK];
	uint32_t rank;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		view_extents(view, before);
		status = axes_reshaped(conversion, view->rank, before, &rank, after,
				error);
	}
	return status == CNNVIZ_OK ? reshape_input(conversion, rank, after, error)
				   : status;
}

static cnnviz_status convert_transpose(struct conversion *conversion, struct error *error)
{
	int64_t permutation[CNNVIZ_MAX_RANK];
	const struct view *view;
	struct view result;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = axes_permutation(conversion, view->rank, permutation, error);
	}
	if (status == CNNVIZ_OK) {
		result = view_permuted(view, permutation);
		onnx_set_view(conversion, &result);
	}
	return status;
}

/** Numbers of another type; those of integers would be others. */
static cnnviz_status convert_cast(struct conversion *conversion, struct error *error)
{
	int64_t type = onnx_integer(conversion->node, "to", ONNX_FLOAT);

	return type == ONNX_FLOAT || type == ONNX_FLOAT16 || type == ONNX_DOUBLE
					|| type == ONNX_BFLOAT16
			? onnx_pass_on(conversion, error)
			: onnx_refuse(error, "to integers");
}

/* ---- Shapes -------------------------------------------------------------------- */

static cnnviz_status convert_shape(struct conversion *conversion, struct error *error)
{
	const struct value *value = onnx_input_at(conversion, 0);
	int64_t extent[CNNVIZ_MAX_RANK] = { 0 };

	if (value == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no input");
	}
	view_extents(&value->view, extent);
	if (value->padded) {
		for (int side = 0; side < 4; side++) {
			extent[2 + side / 2] += value->padding[side];
		}
	}
	return fold_extents(conversion, value->view.rank, extent, error);
}

/* ---- Reduction of height and width --------------------------------------------- */

/** Whether an axis, if longer than 1, lies within a channel's plane */
static bool is_in_plane(const struct view_axis *axis, int64_t plane)
{
	for (uint32_t i = 0; i < axis->count; i++) {
		if (axis->pieces[i].stride >= plane) {
			return false;
		}
	}
	return true;
}

/** Check that axes make up height and width, and nothing else. */
static cnnviz_status check_plane(const struct view *view,
		const bool reduced[CNNVIZ_MAX_RANK], int64_t plane, struct error *error)
{
	int64_t product = 1;

	for (uint32_t d = 0; d < view->rank; d++) {
		if (reduced[d] && !is_in_plane(&view->axes[d], plane)) {
			return onnx_refuse(error,
					"over other axes than height and width");
		}
		product *= reduced[d] ? view->axes[d].extent : 1;
	}
	return product == plane ? CNNVIZ_OK
				: onnx_refuse(error, "over height or width alone");
}

/** The view of a node whose height and width have become 1 */
static struct view without_plane(const struct view *view, int32_t node,
		const bool reduced[CNNVIZ_MAX_RANK], int64_t plane, bool keep)
{
	struct view result = { .node = node };

	for (uint32_t d = 0; d < view->rank; d++) {
		struct view_axis *axis = &result.axes[result.rank];

		if (!reduced[d]) {
			*axis = view->axes[d];
			for (uint32_t i = 0; i < axis->count; i++) {
				axis->pieces[i].stride /= plane;
			}
			result.rank++;
		} else if (keep) {
			*axis = (struct view_axis){ .extent = 1 };
			result.rank++;
		}
	}
	return result;
}

/** An operation that leaves one value of each channel */
static cnnviz_status reduce_plane(struct conversion *conversion, const char *operation,
		struct error *error)
{
	struct graph_settings settings = build_settings(operation);
	const struct graph_shape *shape;
	const struct view *view;
	bool reduced[CNNVIZ_MAX_RANK];
	struct view result;
	int64_t plane;
	int32_t node;
	bool keep = onnx_integer(conversion->node, "keepdims", 1) != 0;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = axes_reduced(conversion, view->rank, reduced, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	shape = build_shape(&conversion->build, view->node);
	if (shape->rank != 3) {
		return onnx_refuse(error, "over features");
	}
	plane = shape->extent[1] * shape->extent[2];
	status = check_plane(view, reduced, plane, error);
	settings.output[0] = settings.output[1] = 1;
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, operation, &settings, 1, &view->node,
				&node, error);
	}
	if (status == CNNVIZ_OK) {
		result = without_plane(view, node, reduced, plane, keep);
		onnx_set_view(conversion, &result);
	}
	return status;
}

static cnnviz_status convert_mean(struct conversion *conversion, struct error *error)
{
	return reduce_plane(conversion, "adaptive_avg_pool2d", error);
}

static cnnviz_status convert_largest(struct conversion *conversion, struct error *error)
{
	return reduce_plane(conversion, "adaptive_max_pool2d", error);
}

static cnnviz_status convert_total(struct conversion *conversion, struct error *error)
{
	return reduce_plane(conversion, "sum", error);
}

/* ---- Joining ------------------------------------------------------------------- */

/** An input of Concat as a node whose channels, or features, are joined */
static cnnviz_status read_joined(struct conversion *conversion, size_t i, int64_t axis,
		int32_t *node, uint32_t *rank, struct error *error)
{
	const struct view *view;
	uint32_t read;
	cnnviz_status status = onnx_input_live(conversion, i, &view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(axis, view->rank, &read, error);
	}
	if (status == CNNVIZ_OK && read != 1) {
		status = onnx_refuse(error, "along another axis than the channels");
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	*rank = view->rank;
	return view->rank == 4 ? onnx_view_spatial(conversion, view, node, error)
			: view->rank == 2
			? onnx_view_row(conversion, view, node, error)
			: onnx_refuse(error, "of arrays of %" PRIu32 " dimensions",
					view->rank);
}

static cnnviz_status convert_concat(struct conversion *conversion, struct error *error)
{
	size_t count = onnx_input_count(conversion);
	int64_t axis = onnx_integer(conversion->node, "axis", 1);
	int32_t *nodes = memory_new(count, sizeof(*nodes));
	uint32_t rank = 0, other = 0;
	cnnviz_status status = CNNVIZ_OK;
	int32_t node;

	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = read_joined(conversion, i, axis, &nodes[i], &other, error);
		if (status == CNNVIZ_OK && i > 0 && other != rank) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"joins arrays of different dimensions");
		}
		rank = other;
	}
	if (status == CNNVIZ_OK && count == 1) {
		onnx_set_node(conversion, nodes[0]);
	} else if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "concat", NULL, count, nodes, &node,
				error);
		if (status == CNNVIZ_OK) {
			onnx_set_node(conversion, node);
		}
	}
	free(nodes);
	return status;
}

/* ---- Parts --------------------------------------------------------------------- */

/** Channels, or features, of a node from start on, as an output */
static cnnviz_status add_part(struct conversion *conversion, int32_t input, int64_t start,
		int64_t count, size_t output, struct error *error)
{
	const struct graph_shape *shape = build_shape(&conversion->build, input);
	struct graph_settings settings = build_settings("slice");
	int32_t node = input;
	struct view view;
	cnnviz_status status = CNNVIZ_OK;

	settings.output[0] = start;
	settings.output[1] = start + count;
	if (start != 0 || count != shape->extent[0]) {
		status = onnx_add_node(conversion, "slice", &settings, 1, &input, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		view = view_whole(node, build_shape(&conversion->build, node));
		onnx_set_output(conversion, output, &view);
		build_alias(&conversion->build, node, conversion->node->name);
	}
	return status;
}

/** The first input as a node whose channels, or features, an axis runs through */
static cnnviz_status channel_input(struct conversion *conversion, int64_t axis,
		int32_t *node, struct error *error)
{
	const struct view *view;
	uint32_t read;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(axis, view->rank, &read, error);
	}
	if (status == CNNVIZ_OK && read != 1) {
		status = onnx_refuse(error, "along another axis than the channels");
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	return view->rank == 4 ? onnx_view_spatial(conversion, view, node, error)
			       : onnx_view_row(conversion, view, node, error);
}

static cnnviz_status convert_slice(struct conversion *conversion, struct error *error)
{
	static const char *const names[] = { "starts", "ends", "axes", "steps" };
	int64_t lists[4][2 * CNNVIZ_MAX_RANK] = { { 0 }, { 0 }, { 0 }, { 1 } };
	size_t counts[4] = { 0 };
	int64_t channels, start, end;
	int32_t input;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < 4 && status == CNNVIZ_OK; i++) {
		status = onnx_read_list(conversion, names[i], 1 + i, lists[i], &counts[i],
				error);
	}
	if (status == CNNVIZ_OK
			&& (counts[0] != 1 || counts[1] != 1 || lists[3][0] != 1)) {
		status = onnx_refuse(error, "of several axes or with steps");
	}
	if (status == CNNVIZ_OK) {
		status = channel_input(conversion, lists[2][0], &input, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	channels = build_shape(&conversion->build, input)->extent[0];
	start = fold_bound(lists[0][0], channels);
	end = fold_bound(lists[1][0], channels);
	return end > start ? add_part(conversion, input, start, end - start, 0, error)
			   : error_set(error, CNNVIZ_ERROR_INPUT, "leaves nothing");
}

static cnnviz_status convert_split(struct conversion *conversion, struct error *error)
{
	size_t parts = conversion->node->output_count, count;
	int64_t list[2 * CNNVIZ_MAX_RANK];
	int64_t channels, start = 0;
	int32_t input;
	cnnviz_status status = channel_input(conversion,
			onnx_integer(conversion->node, "axis", 0), &input, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_list(conversion, "split", 1, list, &count, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	channels = build_shape(&conversion->build, input)->extent[0];
	if (count != 0 && count != parts) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "names %zu parts of %zu",
				count, parts);
	}
	for (size_t i = 0; i < parts && status == CNNVIZ_OK; i++) {
		/* Equal parts; the last one may be smaller. */
		int64_t equal = (channels + (int64_t)parts - 1) / (int64_t)parts;
		int64_t size = count > 0                   ? list[i]
				: equal < channels - start ? equal
							   : channels - start;

		if (size < 1 || size > channels - start) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"makes parts that are not in its %" PRId64
					" channels",
					channels);
		}
		status = add_part(conversion, input, start, size, i, error);
		start += size;
	}
	return status;
}

const struct onnx_operator onnx_shape_operators[] = {
	{ "Cast", fold_cast, convert_cast },
	{ "Concat", fold_concat, convert_concat },
	{ "Flatten", fold_reshape, convert_extents },
	{ "Identity", onnx_pass_on, onnx_pass_on },
	{ "ReduceMax", NULL, convert_largest },
	{ "ReduceMean", NULL, convert_mean },
	{ "ReduceSum", NULL, convert_total },
	{ "Reshape", fold_reshape, convert_extents },
	{ "Shape", fold_shape, convert_shape },
	{ "Slice", fold_slice, convert_slice },
	{ "Split", NULL, convert_split },
	{ "Squeeze", fold_reshape, convert_extents },
	{ "Transpose", fold_transpose, convert_transpose },
	{ "Unsqueeze", fold_reshape, convert_extents },
	{ NULL, NULL, NULL },
};

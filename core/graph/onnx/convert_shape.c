/**
 * \file    graph/onnx/convert_shape.c
 * \brief   Operators that give values other axes, or reduce them
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>
#include <string.h>

#include "graph/onnx/axes.h"
#include "graph/onnx/fold.h"
#include "graph/onnx/layout.h"
#include "graph/onnx/reduce.h"
#include "graph/shapes.h"

/* ---- Views --------------------------------------------------------------------- */

/** The first input, live, with other extents */
static cnnviz_status reshape_input(struct conversion *conversion, uint32_t rank,
		const int64_t *extent, struct error *error)
{
	const struct view *view;
	struct view result;
	uint32_t skipped;
	int32_t node;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	result = *view;
	if (!view_reshape(&result, rank, extent)) {
		/* What cuts across axes wants them in order first. */
		skipped = onnx_skipped(view);
		status = onnx_view_array(conversion, view, skipped, &node, error);
		result = status == CNNVIZ_OK ? onnx_array_view(conversion, node, skipped)
					     : *view;
		if (status == CNNVIZ_OK && !view_reshape(&result, rank, extent)) {
			status = onnx_refuse(error, "that cuts across axes");
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &result);
	}
	return status;
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
	uint32_t rank;

	if (value == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no input");
	}
	rank = onnx_extents(value, extent);
	return fold_extents(conversion, rank, extent, error);
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

/** Whether axes of a view of a feature map make up height and width, and nothing else */
static bool are_plane(const struct view *view, const bool reduced[CNNVIZ_MAX_RANK],
		const struct graph_shape *shape)
{
	int64_t plane = shape->rank == 3 ? shape->extent[1] * shape->extent[2] : 1;
	int64_t product = 1;

	for (uint32_t d = 0; d < view->rank; d++) {
		if (reduced[d] && !is_in_plane(&view->axes[d], plane)) {
			return false;
		}
		product *= reduced[d] ? view->axes[d].extent : 1;
	}
	return shape->rank == 3 && product == plane;
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

/** A pool that leaves one value of each channel */
static cnnviz_status reduce_plane(struct conversion *conversion, const char *operation,
		const struct view *view, const bool reduced[CNNVIZ_MAX_RANK],
		struct error *error)
{
	const struct graph_shape *shape = build_shape(&conversion->build, view->node);
	struct graph_settings settings = build_settings(operation);
	bool keep = onnx_integer(conversion->node, "keepdims", 1) != 0;
	int64_t plane = shape->extent[1] * shape->extent[2];
	struct view result;
	int32_t node;
	cnnviz_status status;

	settings.output[0] = settings.output[1] = 1;
	status = onnx_add_node(conversion, operation, &settings, 1, &view->node, &node,
			error);
	if (status == CNNVIZ_OK) {
		result = without_plane(view, node, reduced, plane, keep);
		onnx_set_view(conversion, &result);
	}
	return status;
}

/** A reduction: its pool of height and width, and what it is along an axis */
struct reduction {
	const char *pool, *operation;
	bool total; /* the operation is a mean, which the number of values multiplies */
};

/** Values of an array's axes of which each result is made */
static int64_t reduced_count(const struct view *view, const bool reduced[CNNVIZ_MAX_RANK])
{
	int64_t count = 1;

	for (uint32_t d = 0; d < view->rank; d++) {
		count *= reduced[d] ? view->axes[d].extent : 1;
	}
	return count;
}

static cnnviz_status reduce(struct conversion *conversion,
		const struct reduction *reduction, struct error *error)
{
	struct graph_settings settings = build_settings("affine");
	bool reduced[CNNVIZ_MAX_RANK];
	const struct view *view;
	struct view result;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = axes_reduced(conversion, view->rank, reduced, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (are_plane(view, reduced, build_shape(&conversion->build, view->node))) {
		return reduce_plane(conversion, reduction->pool, view, reduced, error);
	}
	settings.factor = (double)reduced_count(view, reduced);
	status = onnx_reduce(conversion, reduction->operation, reduced, &result, error);
	if (status == CNNVIZ_OK && reduction->total) {
		return onnx_apply(conversion, "affine", &settings, &result, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &result);
	}
	return status;
}

static cnnviz_status convert_mean(struct conversion *conversion, struct error *error)
{
	static const struct reduction mean = { "adaptive_avg_pool2d", "mean", false };

	return reduce(conversion, &mean, error);
}

static cnnviz_status convert_largest(struct conversion *conversion, struct error *error)
{
	static const struct reduction largest = { "adaptive_max_pool2d", "amax", false };

	return reduce(conversion, &largest, error);
}

static cnnviz_status convert_total(struct conversion *conversion, struct error *error)
{
	static const struct reduction total = { "sum", "mean", true };

	return reduce(conversion, &total, error);
}

const struct onnx_operator onnx_shape_operators[] = {
	{ "Cast", fold_cast, convert_cast },
	{ "Flatten", fold_reshape, convert_extents },
	{ "Identity", onnx_pass_on, onnx_pass_on },
	{ "ReduceMax", fold_reduced, convert_largest },
	{ "ReduceMean", fold_reduced, convert_mean },
	{ "ReduceMin", fold_reduced, NULL },
	{ "ReduceProd", fold_reduced, NULL },
	{ "ReduceSum", fold_reduced, convert_total },
	{ "Reshape", fold_reshape, convert_extents },
	{ "Shape", fold_shape, convert_shape },
	{ "Squeeze", fold_reshape, convert_extents },
	{ "Transpose", fold_transpose, convert_transpose },
	{ "Unsqueeze", fold_reshape, convert_extents },
	{ NULL, NULL, NULL },
};

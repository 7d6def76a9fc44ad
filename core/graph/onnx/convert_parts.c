/**
 * \file    graph/onnx/convert_parts.c
 * \brief   Operators that take parts of arrays, or join arrays
 */
#include "graph/onnx/parts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "graph/onnx/fold.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/layout.h"
#include "graph/onnx/tables.h"
#include "graph/shapes.h"

cnnviz_status onnx_add_part(struct conversion *conversion, int32_t input,
		const struct part *part, int32_t *node, struct error *error)
{
	const struct graph_shape *shape = build_shape(&conversion->build, input);
	struct graph_settings settings = build_settings("slice");
	int64_t extent = shape->extent[part->axis];

	*node = input;
	if (part->first == 0 && part->end == extent && part->step == 1) {
		return CNNVIZ_OK;
	}
	settings.axis = part->axis;
	settings.step = part->step;
	settings.output[0] = part->first;
	/* To the end of larger pictures too */
	settings.output[1] = part->axis != GRAPH_AXIS_CHANNELS && part->end == extent
			? 0
			: part->end;
	return onnx_add_node(conversion, "slice", &settings, 1, &input, node, error);
}

/* ---- Axes ---------------------------------------------------------------------- */

/** The axis of an array as its node has it, without the batch in front */
static cnnviz_status read_axis(int64_t axis, const struct view *view, uint32_t *skipped,
		int64_t *own, struct error *error)
{
	uint32_t read = 0;
	cnnviz_status status = onnx_read_axis(axis, view->rank, &read, error);

	*skipped = read > 0 ? onnx_skipped(view) : 0;
	*own = (int64_t)read - *skipped;
	return status;
}

/** An input as a node, and an axis of it */
struct cut {
	int32_t node;
	uint32_t rank;    /* of the array */
	uint32_t skipped; /* axes of the array that the node does not have */
	int64_t axis;     /* of the node */
};

/* ---- Joining ------------------------------------------------------------------- */

/** Join nodes; the result has the axes of the array. */
static cnnviz_status join(struct conversion *conversion, size_t count,
		const int32_t *nodes, const struct cut *cut, struct error *error)
{
	struct graph_settings settings = build_settings("concat");
	int32_t node = nodes[0];
	struct view view;
	cnnviz_status status = CNNVIZ_OK;

	settings.axis = cut->axis;
	if (count > 1) {
		status = onnx_add_node(conversion, "concat", &settings, count, nodes,
				&node, error);
	}
	if (status == CNNVIZ_OK) {
		view = onnx_array_view(conversion, node, cut->skipped);
		onnx_set_view(conversion, &view);
	}
	return status;
}

/** The first live input: its rank, and the axis of it that grows */
static cnnviz_status read_joint(struct conversion *conversion, struct cut *cut,
		struct error *error)
{
	int64_t axis = onnx_integer(conversion->node, "axis", 1);
	size_t live = 0;
	const struct view *view;
	cnnviz_status status;

	while (live + 1 < onnx_input_count(conversion)
			&& onnx_input_at(conversion, live)->kind != VALUE_LIVE) {
		live++;
	}
	status = onnx_input_live(conversion, live, &view, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	cut->rank = view->rank;
	status = read_axis(axis, view, &cut->skipped, &cut->axis, error);
	return status == CNNVIZ_OK ? onnx_view_array(conversion, view, cut->skipped,
			       &cut->node, error)
				   : status;
}

/** An input as a node with the axes of the others */
static cnnviz_status read_part(struct conversion *conversion, size_t i,
		const struct cut *cut, int32_t *node, struct error *error)
{
	const struct value *value = onnx_input_at(conversion, i);
	const struct view *view = NULL;
	cnnviz_status status = CNNVIZ_OK;
	uint32_t rank;

	if (value->kind == VALUE_LIVE) {
		status = onnx_input_live(conversion, i, &view, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	rank = view != NULL ? view->rank : value->constant.rank;
	if (rank != cut->rank || (view != NULL && onnx_skipped(view) < cut->skipped)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"joins arrays of different dimensions");
	}
	return view != NULL ? onnx_view_array(conversion, view, cut->skipped, node, error)
			    : onnx_constant_node(conversion, &value->constant,
					    rank - cut->skipped, cut->node, node, error);
}

static cnnviz_status convert_concat(struct conversion *conversion, struct error *error)
{
	size_t count = onnx_input_count(conversion);
	int32_t *nodes = memory_new(count, sizeof(*nodes));
	struct cut cut;
	cnnviz_status status = read_joint(conversion, &cut, error);

	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = read_part(conversion, i, &cut, &nodes[i], error);
	}
	if (status == CNNVIZ_OK) {
		status = join(conversion, count, nodes, &cut, error);
	}
	free(nodes);
	return status;
}

/* ---- Parts of an axis ---------------------------------------------------------- */

/** An axis of a node that has all values of one of a view, and no others; or -1 */
static int64_t find_axis(const struct graph_shape *shape, const struct view_axis *axis)
{
	int64_t stride = 1;

	for (uint32_t d = shape->rank; d-- > 0;) {
		if (axis->count == 1 && axis->pieces[0].stride == stride
				&& axis->extent == shape->extent[d]) {
			return d;
		}
		stride *= shape->extent[d];
	}
	return -1;
}

/** A node's values as three axes, of which the second is one of a view */
static cnnviz_status part_axis(struct conversion *conversion, const struct view *view,
		const struct view_axis *axis, int32_t *node, struct error *error)
{
	int64_t values = shape_values(build_shape(&conversion->build, view->node));
	int64_t inner = axis->pieces[0].stride;
	struct view parted = *view;
	const int64_t extent[] = { values / (inner * axis->extent), axis->extent, inner };

	parted.rank = 1;
	parted.axes[0] = (struct view_axis){ values, 1, { { values, 1 } } };
	view_reshape(&parted, 3, extent);
	return onnx_view_array(conversion, &parted, 0, node, error);
}

/** A view of a node, an axis of which was cut to another extent */
static struct view cut_view(const struct view *view, uint32_t axis, int32_t node,
		int64_t before, int64_t after)
{
	int64_t stride = view->axes[axis].count > 0 ? view->axes[axis].pieces[0].stride
						    : 0;
	struct view result = *view;

	result.node = node;
	for (uint32_t d = 0; d < view->rank; d++) {
		for (uint32_t i = 0; i < result.axes[d].count && d != axis; i++) {
			struct view_piece *piece = &result.axes[d].pieces[i];

			if (piece->stride > stride) {
				piece->stride = piece->stride / before * after;
			}
		}
	}
	result.axes[axis] = (struct view_axis){ .extent = 1 };
	if (after > 1) {
		result.axes[axis] = (struct view_axis){ after, 1, { { after, stride } } };
	}
	return result;
}

/**
 * Take a part of an axis of a view. Where the axis is one in the node's memory, or can be
 * made one, the others stay as they lie.
 */
static cnnviz_status take_part(struct conversion *conversion, struct view *view,
		uint32_t axis, struct part part, struct error *error)
{
	int64_t before = view->axes[axis].extent, after;
	int32_t node = view->node;
	cnnviz_status status = CNNVIZ_OK;

	if (part.first == 0 && part.end == before && part.step == 1) {
		return CNNVIZ_OK;
	}
	if (view->axes[axis].count > 1) {
		uint32_t skipped = axis > 0 ? onnx_skipped(view) : 0;
		const struct onnx_node *maker = view->maker;

		status = onnx_view_array(conversion, view, skipped, &node, error);
		*view = onnx_array_view(conversion, node, skipped);
		view->maker = maker;
	}
	if (status != CNNVIZ_OK || view->axes[axis].count == 0) {
		return status;
	}
	part.axis = find_axis(build_shape(&conversion->build, node), &view->axes[axis]);
	if (part.axis < 0) {
		part.axis = 1;
		status = part_axis(conversion, view, &view->axes[axis], &node, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_part(conversion, node, &part, &node, error);
	}
	if (status == CNNVIZ_OK) {
		after = (part.end - part.first - 1) / part.step + 1;
		*view = cut_view(view, axis, node, before, after);
	}
	return status;
}

/* ---- Slice --------------------------------------------------------------------- */

struct slices {
	size_t count;
	struct part parts[2 * CNNVIZ_MAX_RANK];
};

/** Read what is taken of which axes, as the file says it. */
static cnnviz_status read_slices(struct conversion *conversion, struct slices *slices,
		struct error *error)
{
	static const char *const names[] = { "starts", "ends", "axes", "steps" };
	int64_t lists[4][2 * CNNVIZ_MAX_RANK];
	size_t counts[4] = { 0 };
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < 4 && status == CNNVIZ_OK; i++) {
		status = onnx_read_list(conversion, names[i], 1 + i, lists[i], &counts[i],
				error);
		if (status == CNNVIZ_OK && counts[i] != counts[0]
				&& (i < 2 || counts[i] != 0)) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"has %zu starts, but %zu %s", counts[0],
					counts[i], names[i]);
		}
	}
	slices->count = counts[0];
	for (size_t i = 0; i < slices->count && status == CNNVIZ_OK; i++) {
		slices->parts[i] = (struct part){
			.axis = counts[2] > 0 ? lists[2][i] : (int64_t)i,
			.first = lists[0][i],
			.end = lists[1][i],
			.step = counts[3] > 0 ? lists[3][i] : 1,
		};
	}
	return status;
}

/** Take a part, with positions that may count from the end, of an array's axis. */
static cnnviz_status take(struct conversion *conversion, const struct part *said,
		struct view *view, struct error *error)
{
	struct part part = *said;
	uint32_t axis;
	int64_t extent;
	cnnviz_status status = onnx_read_axis(said->axis, view->rank, &axis, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	extent = view->axes[axis].extent;
	part.first = fold_bound(said->first, extent);
	part.end = fold_bound(said->end, extent);
	if (part.step < 1 || part.step > extent) {
		return onnx_refuse(error, "with a step of %" PRId64, part.step);
	}
	if (part.end <= part.first) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "leaves nothing");
	}
	return take_part(conversion, view, axis, part, error);
}

static cnnviz_status convert_slice(struct conversion *conversion, struct error *error)
{
	struct slices slices;
	const struct view *input;
	struct view view;
	cnnviz_status status = read_slices(conversion, &slices, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_live(conversion, 0, &input, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	view = *input;
	for (size_t i = 0; i < slices.count && status == CNNVIZ_OK; i++) {
		status = take(conversion, &slices.parts[i], &view, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &view);
	}
	return status;
}

/* ---- Gather -------------------------------------------------------------------- */

/** Equal steps up, of which indices of an axis must be; false for others */
static bool read_steps(const struct constant *indices, int64_t extent, struct part *part)
{
	int64_t count = constant_count(indices);

	part->step = 1;
	for (int64_t i = 0; i < count; i++) {
		int64_t index = constant_integer(indices, i);

		index += index < 0 ? extent : 0;
		if (i == 0) {
			part->first = index;
		} else if (i == 1) {
			part->step = index - part->first;
		}
		if (index < 0 || index >= extent || part->step < 1
				|| index != part->first + i * part->step) {
			return false;
		}
		part->end = index + 1;
	}
	return count > 0;
}

/** Let the axes of the indices take the place of an axis. */
static void replace_axis(struct view *view, uint32_t axis, const struct constant *indices)
{
	int64_t extent[CNNVIZ_MAX_RANK];
	uint32_t rank = 0;

	for (uint32_t d = 0; d < view->rank; d++) {
		for (uint32_t i = 0; d == axis && i < indices->rank; i++) {
			extent[rank++] = indices->extent[i];
		}
		if (d != axis) {
			extent[rank++] = view->axes[d].extent;
		}
	}
	view_reshape(view, rank, extent);
}

/** Positions of an axis; a single number takes the axis away. */
static cnnviz_status convert_gather(struct conversion *conversion, struct error *error)
{
	const struct constant *indices;
	const struct view *input;
	struct part part = { .step = 1 };
	struct view view;
	uint32_t axis;
	cnnviz_status status = onnx_input_live(conversion, 0, &input, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "index", &indices, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(onnx_integer(conversion->node, "axis", 0),
				input->rank, &axis, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	view = *input;
	if (view.rank + indices->rank > CNNVIZ_MAX_RANK
			|| !read_steps(indices, view.axes[axis].extent, &part)) {
		return onnx_refuse(error, "of positions that are not equal steps apart");
	}
	status = take_part(conversion, &view, axis, part, error);
	if (status == CNNVIZ_OK) {
		replace_axis(&view, axis, indices);
		onnx_set_view(conversion, &view);
	}
	return status;
}

/* ---- Split --------------------------------------------------------------------- */

/** The extents that a Split says, or equal ones, of which the last may be smaller */
static cnnviz_status read_sizes(struct conversion *conversion, int64_t extent,
		size_t parts, int64_t *sizes, struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	int64_t equal = (extent + (int64_t)parts - 1) / (int64_t)parts, left = extent;
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "split", 1, list, &count,
			error);

	if (status == CNNVIZ_OK && count != 0 && count != parts) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "names %zu parts of %zu",
				count, parts);
	}
	for (size_t i = 0; i < parts && status == CNNVIZ_OK; i++) {
		sizes[i] = count > 0 ? list[i] : equal < left ? equal : left;
		if (sizes[i] < 1 || sizes[i] > left) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"makes parts that are not in an extent of "
					"%" PRId64,
					extent);
		}
		left -= sizes[i];
	}
	return status;
}

static cnnviz_status convert_split(struct conversion *conversion, struct error *error)
{
	size_t parts = conversion->node->output_count;
	int64_t axis = onnx_integer(conversion->node, "axis", 0);
	int64_t *sizes = memory_new(parts, sizeof(*sizes));
	struct part part = { .step = 1 };
	const struct view *input;
	struct view view, whole;
	uint32_t own = 0;
	cnnviz_status status = onnx_input_live(conversion, 0, &input, error);

	if (status == CNNVIZ_OK) {
		whole = *input;
		status = onnx_read_axis(axis, whole.rank, &own, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_sizes(conversion, whole.axes[own].extent, parts, sizes,
				error);
	}
	for (size_t i = 0; i < parts && status == CNNVIZ_OK; i++) {
		part.first = part.end;
		part.end += sizes[i];
		view = whole;
		status = take_part(conversion, &view, own, part, error);
		if (status == CNNVIZ_OK) {
			onnx_set_output(conversion, i, &view);
			build_alias(&conversion->build, view.node,
					conversion->node->name);
		}
	}
	free(sizes);
	return status;
}

/* ---- Split of a constant ------------------------------------------------------- */

static cnnviz_status fold_split(struct conversion *conversion, struct error *error)
{
	size_t parts = conversion->node->output_count;
	int64_t *sizes = memory_new(parts, sizeof(*sizes));
	const struct constant *constant;
	struct constant part;
	uint32_t axis = 0;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(onnx_integer(conversion->node, "axis", 0),
				constant->rank, &axis, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_sizes(conversion, constant->extent[axis], parts, sizes,
				error);
	}
	part = status == CNNVIZ_OK ? *constant : (struct constant){ 0 };
	for (size_t i = 0; i < parts && status == CNNVIZ_OK; i++) {
		part.extent[axis] = sizes[i];
		onnx_set_constant_output(conversion, i, &part);
		part.data += sizes[i] * part.stride[axis]
				* (int64_t)dtype_size(part.dtype);
	}
	free(sizes);
	return status;
}

const struct onnx_operator onnx_parts_operators[] = {
	{ "Concat", fold_concat, convert_concat },
	{ "Gather", fold_gather, convert_gather },
	{ "Slice", fold_slice, convert_slice },
	{ "Split", fold_split, convert_split },
	{ NULL, NULL, NULL },
};

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
#include "graph/onnx/tables.h"

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

/** The axis of an array of a rank, as a feature map has it; -1 for the batch */
static cnnviz_status read_axis(int64_t axis, uint32_t rank, int64_t *own,
		struct error *error)
{
	uint32_t read;
	cnnviz_status status = onnx_read_axis(axis, rank, &read, error);

	*own = status == CNNVIZ_OK ? (int64_t)read - 1 : 0;
	return status;
}

/**
 * A view as a node with the same axes: a row of features, channels of one length, which are
 * as many columns high, or a feature map
 */
static cnnviz_status view_node(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error)
{
	struct view map = *view;

	if (view->rank == 2) {
		return view->axes[0].extent == 1
				? onnx_view_row(conversion, view, node, error)
				: onnx_refuse(error, "of several rows");
	}
	if (view->rank == 3) {
		map.axes[map.rank++] = (struct view_axis){ .extent = 1 };
	}
	return onnx_view_spatial(conversion, &map, node, error);
}

/** An input as such a node, and an axis of it that is not the batch */
struct cut {
	int32_t node;
	uint32_t rank; /* of the array */
	int64_t axis;  /* enum graph_axis */
};

static cnnviz_status read_input(struct conversion *conversion, size_t i, int64_t axis,
		struct cut *input, struct error *error)
{
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, i, &view, error);

	if (status == CNNVIZ_OK) {
		input->rank = view->rank;
		status = read_axis(axis, view->rank, &input->axis, error);
	}
	if (status == CNNVIZ_OK && input->axis < 0) {
		status = onnx_refuse(error, "along the batch");
	}
	return status == CNNVIZ_OK ? view_node(conversion, view, &input->node, error)
				   : status;
}

/* ---- Joining ------------------------------------------------------------------- */

static cnnviz_status join(struct conversion *conversion, size_t count,
		const int32_t *nodes, const struct cut *last, struct error *error)
{
	struct graph_settings settings = build_settings("concat");
	int32_t node = nodes[0];
	cnnviz_status status = CNNVIZ_OK;

	settings.axis = last->axis;
	if (count > 1) {
		status = onnx_add_node(conversion, "concat", &settings, count, nodes,
				&node, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_window(conversion, node, last->rank);
	}
	return status;
}

static cnnviz_status convert_concat(struct conversion *conversion, struct error *error)
{
	size_t count = onnx_input_count(conversion);
	int64_t axis = onnx_integer(conversion->node, "axis", 1);
	int32_t *nodes = memory_new(count, sizeof(*nodes));
	struct cut input = { .rank = 0 };
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		uint32_t rank = input.rank;

		status = read_input(conversion, i, axis, &input, error);
		if (status == CNNVIZ_OK && i > 0 && input.rank != rank) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"joins arrays of different dimensions");
		}
		nodes[i] = input.node;
	}
	if (status == CNNVIZ_OK) {
		status = join(conversion, count, nodes, &input, error);
	}
	free(nodes);
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
static cnnviz_status take(struct conversion *conversion, uint32_t rank,
		const struct part *said, int32_t *node, struct error *error)
{
	struct part part = *said;
	int64_t extent = 1;
	cnnviz_status status = read_axis(said->axis, rank, &part.axis, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (part.axis >= 0) {
		extent = build_shape(&conversion->build, *node)->extent[part.axis];
	}
	part.first = fold_bound(said->first, extent);
	part.end = fold_bound(said->end, extent);
	if (part.step < 1 || part.step > extent) {
		return onnx_refuse(error, "with a step of %" PRId64, part.step);
	}
	if (part.end <= part.first) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "leaves nothing");
	}
	return part.axis < 0 ? CNNVIZ_OK
			     : onnx_add_part(conversion, *node, &part, node, error);
}

static cnnviz_status convert_slice(struct conversion *conversion, struct error *error)
{
	struct slices slices;
	const struct view *view;
	int32_t node;
	uint32_t rank = 0;
	cnnviz_status status = read_slices(conversion, &slices, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_live(conversion, 0, &view, error);
	}
	if (status == CNNVIZ_OK) {
		rank = view->rank;
		status = view_node(conversion, view, &node, error);
	}
	for (size_t i = 0; i < slices.count && status == CNNVIZ_OK; i++) {
		status = take(conversion, rank, &slices.parts[i], &node, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_window(conversion, node, rank);
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

/** Make a part an output. */
static cnnviz_status set_part(struct conversion *conversion, const struct cut *input,
		const struct part *part, size_t output, struct error *error)
{
	struct view view;
	int32_t node;
	cnnviz_status status = onnx_add_part(conversion, input->node, part, &node, error);

	if (status == CNNVIZ_OK) {
		view = view_whole(node, build_shape(&conversion->build, node));
		view.rank = input->rank;
		onnx_set_output(conversion, output, &view);
		build_alias(&conversion->build, node, conversion->node->name);
	}
	return status;
}

static cnnviz_status convert_split(struct conversion *conversion, struct error *error)
{
	size_t parts = conversion->node->output_count;
	int64_t axis = onnx_integer(conversion->node, "axis", 0);
	int64_t *sizes = memory_new(parts, sizeof(*sizes));
	struct part part = { .step = 1 };
	struct cut input;
	cnnviz_status status = read_input(conversion, 0, axis, &input, error);

	if (status == CNNVIZ_OK) {
		part.axis = input.axis;
		status = read_sizes(conversion,
				build_shape(&conversion->build, input.node)
						->extent[part.axis],
				parts, sizes, error);
	}
	for (size_t i = 0; i < parts && status == CNNVIZ_OK; i++) {
		part.first = part.end;
		part.end += sizes[i];
		status = set_part(conversion, &input, &part, i, error);
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
	{ "Slice", fold_slice, convert_slice },
	{ "Split", fold_split, convert_split },
	{ NULL, NULL, NULL },
};

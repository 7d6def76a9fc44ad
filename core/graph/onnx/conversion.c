/**
 * \file    graph/onnx/conversion.c
 * \brief   The arrays of a file while its nodes become a graph
 */
#include "graph/onnx/conversion.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "graph/onnx/layout.h"
#include "graph/onnx/list.h"
#include "graph/onnx/path.h"
#include "graph/operation.h"
#include "graph/shapes.h"

/* ---- Inputs -------------------------------------------------------------------- */

size_t onnx_input_count(const struct conversion *conversion)
{
	size_t count = conversion->node->input_count;

	while (count > 0 && conversion->node->inputs[count - 1][0] == '\0') {
		count--;
	}
	return count;
}

const struct value *onnx_input_at(const struct conversion *conversion, size_t i)
{
	const struct onnx_node *node = conversion->node;
	const int64_t *number;

	if (i >= node->input_count || node->inputs[i][0] == '\0') {
		return NULL;
	}
	number = name_index_find(&conversion->names, node->inputs[i]);
	return number != NULL ? &conversion->values[*number - 1] : NULL;
}

struct value *onnx_value_of(struct conversion *conversion, const char *name)
{
	int64_t *number = name_index_add(&conversion->names, name, NULL);

	if (*number == 0) {
		conversion->values = list_grow(conversion->values,
				conversion->value_count, sizeof(*conversion->values));
		conversion->values[conversion->value_count] = (struct value){
			.kind = VALUE_UNKNOWN,
		};
		*number = (int64_t)++conversion->value_count;
	}
	return &conversion->values[*number - 1];
}

cnnviz_status onnx_refuse(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_vset(error, CNNVIZ_ERROR_UNSUPPORTED, format, arguments);
	va_end(arguments);
	return CNNVIZ_ERROR_UNSUPPORTED;
}

cnnviz_status onnx_input_constant(const struct conversion *conversion, size_t i,
		const char *what, const struct constant **constant, struct error *error)
{
	const struct value *value = onnx_input_at(conversion, i);

	if (value == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no %s", what);
	}
	if (value->kind != VALUE_CONSTANT) {
		return onnx_refuse(error, "with a %s that the picture decides", what);
	}
	*constant = &value->constant;
	return CNNVIZ_OK;
}

cnnviz_status onnx_input_live(struct conversion *conversion, size_t i,
		const struct view **view, struct error *error)
{
	const struct value *value = onnx_input_at(conversion, i);

	if (value == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has too few inputs");
	}
	if (value->kind != VALUE_LIVE) {
		return onnx_refuse(error, "of a constant");
	}
	*view = &value->view;
	return onnx_complete(conversion, conversion->node->inputs[i], error);
}

/* ---- Nodes --------------------------------------------------------------------- */

cnnviz_status onnx_add_node(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, size_t count,
		const int32_t *inputs, int32_t *node, struct error *error)
{
	const struct build_request request = {
		.operation = operation,
		.settings = settings != NULL ? *settings : build_settings(operation),
		.inputs = inputs,
		.input_count = count,
		.path = conversion->path,
	};

	return build_add(&conversion->build, &request, node, error);
}

cnnviz_status onnx_input_spatial(struct conversion *conversion, size_t i, int32_t *node,
		struct error *error)
{
	const struct view *view = NULL;
	cnnviz_status status = onnx_input_live(conversion, i, &view, error);

	return status == CNNVIZ_OK ? onnx_view_spatial(conversion, view, node, error)
				   : status;
}

cnnviz_status onnx_input_window(struct conversion *conversion, size_t i, int32_t *node,
		uint32_t *rank, struct error *error)
{
	const struct view *view = NULL;
	struct view map;
	cnnviz_status status = onnx_input_live(conversion, i, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	map = *view;
	*rank = view->rank;
	if (view->rank == 3) {
		map.axes[map.rank++] = (struct view_axis){ .extent = 1 };
	}
	return onnx_view_spatial(conversion, &map, node, error);
}

cnnviz_status onnx_input_row(struct conversion *conversion, size_t i, uint32_t axis,
		int32_t *node, struct view_axis *order, struct error *error)
{
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, i, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (view->rank != 2 || view->axes[1 - axis].extent != 1) {
		return onnx_refuse(error,
				"of an array of %" PRIu32
				" dimensions that is not one row of features",
				view->rank);
	}
	*order = view->axes[axis];
	return onnx_flatten(conversion, view, node, error);
}

/* ---- What waits for its use ---------------------------------------------------- */

uint32_t onnx_extents(const struct value *value, int64_t extent[CNNVIZ_MAX_RANK])
{
	if (value->repeated_rank > 0) {
		memcpy(extent, value->repeated, value->repeated_rank * sizeof(*extent));
		return value->repeated_rank;
	}
	view_extents(&value->view, extent);
	for (int side = 0; side < 4 && value->padded; side++) {
		extent[2 + side / 2] += value->padding[side];
	}
	return value->view.rank;
}

/** The layer that pads a value, or repeats it */
static const char *waiting_layer(const struct value *value,
		struct graph_settings *settings, struct error *error)
{
	const struct view *view = &value->view;

	if (value->padded) {
		*settings = build_settings("pad");
		memcpy(settings->padding, value->padding, sizeof(settings->padding));
		settings->value = value->padding_value;
		return "pad";
	}
	if (view->rank != 4 || view->axes[0].extent != value->repeated[0]
			|| view->axes[1].extent != value->repeated[1]) {
		onnx_refuse(error,
				"of an array that is repeated along other axes than "
				"height and width");
		return NULL;
	}
	*settings = build_settings("upsample");
	for (int d = 0; d < 2; d++) {
		settings->scale[d] = (double)value->repeated[2 + d]
				/ (double)view->axes[2 + d].extent;
	}
	return "upsample";
}

cnnviz_status onnx_complete(struct conversion *conversion, const char *name,
		struct error *error)
{
	struct value *value = onnx_value_of(conversion, name);
	struct graph_settings settings;
	const char *layer = NULL;
	char *path = conversion->path;
	int32_t input, node;
	cnnviz_status status;

	if (!value->padded && value->repeated_rank == 0) {
		return CNNVIZ_OK;
	}
	layer = waiting_layer(value, &settings, error);
	if (layer == NULL) {
		return CNNVIZ_ERROR_UNSUPPORTED;
	}
	status = onnx_view_spatial(conversion, &value->view, &input, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	conversion->path = onnx_path(conversion->file, value->view.maker);
	status = onnx_add_node(conversion, layer, &settings, 1, &input, &node, error);
	free(conversion->path);
	conversion->path = path;
	if (status == CNNVIZ_OK) {
		build_alias(&conversion->build, node, value->view.maker->name);
		build_alias(&conversion->build, node, name);
		value->view = view_whole(node, build_shape(&conversion->build, node));
		value->padded = false;
		value->repeated_rank = 0;
	}
	return status;
}

/* ---- Outputs ------------------------------------------------------------------- */

void onnx_set_constant_output(struct conversion *conversion, size_t i,
		const struct constant *constant)
{
	/* Copied first: the constant may be an input's, which moves when values grow. */
	struct value value = { .kind = VALUE_CONSTANT, .constant = *constant };

	*onnx_value_of(conversion, conversion->node->outputs[i]) = value;
}

void onnx_set_constant(struct conversion *conversion, const struct constant *constant)
{
	onnx_set_constant_output(conversion, 0, constant);
}

void onnx_set_output(struct conversion *conversion, size_t i, const struct view *view)
{
	struct value value = { .kind = VALUE_LIVE, .view = *view };
	const char *name = conversion->node->outputs[i];

	value.view.maker = conversion->node;
	*onnx_value_of(conversion, name) = value;
	build_alias(&conversion->build, value.view.node, name);
}

void onnx_set_view(struct conversion *conversion, const struct view *view)
{
	int32_t node = view->node;

	onnx_set_output(conversion, 0, view);
	build_alias(&conversion->build, node, conversion->node->name);
}

void onnx_set_node(struct conversion *conversion, int32_t node)
{
	struct view view = view_whole(node, build_shape(&conversion->build, node));

	onnx_set_view(conversion, &view);
}

void onnx_set_window(struct conversion *conversion, int32_t node, uint32_t rank)
{
	struct view view = view_whole(node, build_shape(&conversion->build, node));

	view.rank = rank;
	onnx_set_view(conversion, &view);
}

cnnviz_status onnx_pass_on(struct conversion *conversion, struct error *error)
{
	const struct value *input = onnx_input_at(conversion, 0);
	struct value value;

	if (input == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no input");
	}
	value = *input;
	if (value.kind == VALUE_LIVE) {
		onnx_set_view(conversion, &value.view);
	}
	*onnx_value_of(conversion, conversion->node->outputs[0]) = value;
	return CNNVIZ_OK;
}

/* ---- Layers of one input ------------------------------------------------------- */

cnnviz_status onnx_apply(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, const struct view *view,
		struct error *error)
{
	struct view result = *view;
	cnnviz_status status = onnx_add_node(conversion, operation, settings, 1,
			&view->node, &result.node, error);

	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &result);
	}
	return status;
}

cnnviz_status onnx_split_inputs(struct conversion *conversion, const struct view **view,
		const struct constant **constant, struct error *error)
{
	const struct value *first = onnx_input_at(conversion, 0);
	size_t live = first != NULL && first->kind == VALUE_LIVE ? 0 : 1;
	cnnviz_status status = onnx_input_live(conversion, live, view, error);

	return status == CNNVIZ_OK ? onnx_input_constant(conversion, 1 - live,
			       "second operand", constant, error)
				   : status;
}

/* ---- Lists --------------------------------------------------------------------- */

cnnviz_status onnx_read_list(const struct conversion *conversion, const char *name,
		size_t input, int64_t list[CNNVIZ_MAX_RANK * 2], size_t *count,
		struct error *error)
{
	const struct onnx_attribute *attribute = onnx_attribute(conversion->node, name);
	const struct constant *constant = NULL;
	cnnviz_status status = CNNVIZ_OK;

	*count = 0;
	if (attribute != NULL && attribute->integers != NULL) {
		*count = attribute->count;
	} else if (input < onnx_input_count(conversion)
			&& onnx_input_at(conversion, input) != NULL) {
		status = onnx_input_constant(conversion, input, name, &constant, error);
		*count = status == CNNVIZ_OK ? (size_t)constant_count(constant) : 0;
	}
	if (*count > CNNVIZ_MAX_RANK * 2) {
		*count = 0;
		return error_set(error, CNNVIZ_ERROR_INPUT, "has too many %s", name);
	}
	for (size_t i = 0; i < *count; i++) {
		list[i] = constant != NULL ? constant_integer(constant, (int64_t)i)
					   : attribute->integers[i];
	}
	return status;
}

cnnviz_status onnx_read_axis(int64_t axis, uint32_t rank, uint32_t *result,
		struct error *error)
{
	if (axis < -(int64_t)rank || axis >= (int64_t)rank) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"names axis %" PRId64 " of an array of %" PRIu32
				" dimensions",
				axis, rank);
	}
	*result = (uint32_t)(axis < 0 ? axis + (int64_t)rank : axis);
	return CNNVIZ_OK;
}

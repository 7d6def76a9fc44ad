/**
 * \file    graph/onnx/convert_activation.c
 * \brief   Operators on each value by itself, and softmax
 */
#include "graph/onnx/tables.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "graph/onnx/fold.h"
#include "graph/onnx/layout.h"

/* ---- One live input ------------------------------------------------------------ */

/** Operators that have no attributes, and the operations that they are */
static const char *const plain[][2] = {
	{ "HardSwish", "hardswish" },
	{ "Mish", "mish" },
	{ "Relu", "relu" },
	{ "Sigmoid", "sigmoid" },
	{ "Tanh", "tanh" },
};

static cnnviz_status convert_plain(struct conversion *conversion, struct error *error)
{
	const struct view *view;
	size_t row = 0;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	while (strcmp(plain[row][0], conversion->node->operator) != 0) {
		row++;
	}
	return status == CNNVIZ_OK
			? onnx_apply(conversion, plain[row][1], NULL, view, error)
			: status;
}

static cnnviz_status convert_leaky_relu(struct conversion *conversion,
		struct error *error)
{
	struct graph_settings settings = build_settings("leaky_relu");
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	settings.negative_slope = onnx_real(conversion->node, "alpha", 0.01);
	return status == CNNVIZ_OK
			? onnx_apply(conversion, "leaky_relu", &settings, view, error)
			: status;
}

static cnnviz_status convert_elu(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("elu");
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	settings.alpha = onnx_real(conversion->node, "alpha", 1);
	return status == CNNVIZ_OK ? onnx_apply(conversion, "elu", &settings, view, error)
				   : status;
}

static cnnviz_status convert_gelu(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("gelu");
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	settings.mode = strcmp(onnx_text(conversion->node, "approximate", "none"), "tanh")
			== 0;
	return status == CNNVIZ_OK
			? onnx_apply(conversion, "gelu", &settings, view, error)
			: status;
}

static cnnviz_status softmax_row(struct conversion *conversion, const struct view *view,
		struct error *error)
{
	int32_t row, node;
	cnnviz_status status = onnx_view_row(conversion, view, &row, error);

	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "softmax", NULL, 1, &row, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

/** A softmax over any other axis than the channels */
static cnnviz_status softmax_axis(struct conversion *conversion, const struct view *view,
		uint32_t axis, struct error *error)
{
	struct graph_settings settings = build_settings("softmax");
	uint32_t skipped = axis > 0 ? onnx_skipped(view) : 0;
	struct view array;
	int32_t node;
	cnnviz_status status = onnx_view_array(conversion, view, skipped, &node, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	settings.axis = axis - skipped;
	array = onnx_array_view(conversion, node, skipped);
	return onnx_apply(conversion, "softmax", &settings, &array, error);
}

/** A softmax over an axis */
static cnnviz_status convert_softmax(struct conversion *conversion, struct error *error)
{
	bool old = conversion->file->opset < 13;
	const struct view *view;
	uint32_t axis;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(onnx_integer(conversion->node, "axis",
							old ? 1 : -1),
				view->rank, &axis, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (view->rank == 2 && axis == 1 && view->axes[0].extent == 1) {
		return softmax_row(conversion, view, error);
	}
	if (view_is_channel(view, axis, build_shape(&conversion->build, view->node))
			&& (!old || axis + 1 == view->rank)) {
		return onnx_apply(conversion, "softmax", NULL, view, error);
	}
	/* Before version 13 all axes from that one on were taken as one. */
	return old && axis + 1 < view->rank ? onnx_refuse(error, "over several axes")
					    : softmax_axis(conversion, view, axis, error);
}

/* ---- Bounds -------------------------------------------------------------------- */

/** A bound of Clip: an attribute before version 11, an input since */
static cnnviz_status read_bound(const struct conversion *conversion, const char *name,
		size_t input, double *bound, struct error *error)
{
	const struct constant *constant;
	cnnviz_status status = CNNVIZ_OK;

	if (onnx_input_at(conversion, input) != NULL) {
		status = onnx_input_constant(conversion, input, name, &constant, error);
		if (status == CNNVIZ_OK && constant_count(constant) == 1) {
			*bound = constant_real(constant, 0);
		}
	} else {
		*bound = onnx_real(conversion->node, name, *bound);
	}
	return status;
}

static bool is(double value, double other)
{
	return value >= other && value <= other;
}

static cnnviz_status clip(struct conversion *conversion, const struct view *view,
		double least, double most, struct error *error)
{
	struct graph_settings settings = build_settings("clip");

	settings.min = least;
	settings.max = most;
	return is(least, 0) && most >= (double)FLT_MAX
			? onnx_apply(conversion, "relu", NULL, view, error)
			: is(least, 0) && is(most, 6)
			? onnx_apply(conversion, "relu6", NULL, view, error)
			: is(least, 0) && most > 0
			? onnx_apply(conversion, "clipped_relu", &settings, view, error)
			: onnx_apply(conversion, "clip", &settings, view, error);
}

static cnnviz_status read_bounds(const struct conversion *conversion, double *least,
		double *most, struct error *error)
{
	cnnviz_status status = read_bound(conversion, "min", 1, least, error);

	return status == CNNVIZ_OK ? read_bound(conversion, "max", 2, most, error)
				   : status;
}

static cnnviz_status convert_clip(struct conversion *conversion, struct error *error)
{
	double least = -(double)FLT_MAX, most = (double)FLT_MAX;
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = read_bounds(conversion, &least, &most, error);
	}
	return status == CNNVIZ_OK ? clip(conversion, view, least, most, error) : status;
}

static cnnviz_status clip_constant(struct conversion *conversion, struct error *error)
{
	double least = -(double)INFINITY, most = (double)INFINITY;
	cnnviz_status status = read_bounds(conversion, &least, &most, error);

	return status == CNNVIZ_OK ? fold_clip(conversion, least, most, error) : status;
}

static cnnviz_status convert_max(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	cnnviz_status status;

	if (onnx_input_count(conversion) != 2) {
		return onnx_refuse(error, "of %zu arrays", onnx_input_count(conversion));
	}
	status = onnx_split_inputs(conversion, &view, &constant, error);
	if (status == CNNVIZ_OK && constant_count(constant) != 1) {
		status = onnx_refuse(error, "with an array");
	}
	return status == CNNVIZ_OK ? clip(conversion, view, constant_real(constant, 0),
			       (double)FLT_MAX, error)
				   : status;
}

/** Nothing where it is not training */
static cnnviz_status pass_dropout(struct conversion *conversion, struct error *error)
{
	const struct value *training = onnx_input_at(conversion, 2);

	if (training != NULL
			&& (training->kind != VALUE_CONSTANT
					|| constant_count(&training->constant) != 1
					|| constant_integer(&training->constant, 0)
							!= 0)) {
		return onnx_refuse(error,
				"in training mode: export the network in eval() mode");
	}
	return onnx_pass_on(conversion, error);
}

const struct onnx_operator onnx_activation_operators[] = {
	{ "Clip", clip_constant, convert_clip },
	{ "Elu", NULL, convert_elu },
	{ "Gelu", NULL, convert_gelu },
	{ "Dropout", pass_dropout, pass_dropout },
	{ "HardSwish", NULL, convert_plain },
	{ "LeakyRelu", NULL, convert_leaky_relu },
	{ "Max", fold_max, convert_max },
	{ "Mish", NULL, convert_plain },
	{ "Relu", fold_relu, convert_plain },
	{ "Sigmoid", fold_sigmoid, convert_plain },
	{ "Softmax", NULL, convert_softmax },
	{ "Tanh", fold_tanh, convert_plain },
	{ NULL, NULL, NULL },
};

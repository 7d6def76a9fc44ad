/**
 * \file    graph/onnx/convert_elementwise.c
 * \brief   Operators on each value by itself, or on two values of one place
 */
#include "graph/onnx/tables.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/fold.h"
#include "graph/operation.h"

/* ---- One live input ------------------------------------------------------------------- */

/** An operation of the node that a view is of; the view stays as it is. */
static cnnviz_status apply(struct conversion *conversion, const char *operation,
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

static cnnviz_status apply_to_input(struct conversion *conversion, const char *operation,
		struct error *error)
{
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	return status == CNNVIZ_OK ? apply(conversion, operation, NULL, view, error)
				   : status;
}

static cnnviz_status convert_relu(struct conversion *conversion, struct error *error)
{
	return apply_to_input(conversion, "relu", error);
}

static cnnviz_status convert_sigmoid(struct conversion *conversion, struct error *error)
{
	return apply_to_input(conversion, "sigmoid", error);
}

static cnnviz_status convert_hardswish(struct conversion *conversion, struct error *error)
{
	return apply_to_input(conversion, "hardswish", error);
}

static cnnviz_status convert_gelu(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("gelu");
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	settings.mode = strcmp(onnx_text(conversion->node, "approximate", "none"), "tanh")
			== 0;
	return status == CNNVIZ_OK ? apply(conversion, "gelu", &settings, view, error)
				   : status;
}

/** A softmax over all channels or features */
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
	/* Before version 13 all axes from that one on were taken as one. */
	if (!view_is_channel(view, axis, build_shape(&conversion->build, view->node))
			|| (old && axis + 1 < view->rank)) {
		return onnx_refuse(error, "over another axis than the channels");
	}
	return apply(conversion, "softmax", NULL, view, error);
}

/* ---- Bounds --------------------------------------------------------------------------- */

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
	if (is(least, 0) && most >= (double)FLT_MAX) {
		return apply(conversion, "relu", NULL, view, error);
	}
	if (is(least, 0) && is(most, 6)) {
		return apply(conversion, "relu6", NULL, view, error);
	}
	return onnx_refuse(error, "to other bounds than 0 and 6");
}

static cnnviz_status convert_clip(struct conversion *conversion, struct error *error)
{
	double least = -(double)FLT_MAX, most = (double)FLT_MAX;
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = read_bound(conversion, "min", 1, &least, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_bound(conversion, "max", 2, &most, error);
	}
	return status == CNNVIZ_OK ? clip(conversion, view, least, most, error) : status;
}

/** Of a live input and a constant, which is which */
static cnnviz_status split_inputs(struct conversion *conversion, const struct view **view,
		const struct constant **constant, struct error *error)
{
	const struct value *first = onnx_input_at(conversion, 0);
	size_t live = first != NULL && first->kind == VALUE_LIVE ? 0 : 1;
	cnnviz_status status = onnx_input_live(conversion, live, view, error);

	return status == CNNVIZ_OK ? onnx_input_constant(conversion, 1 - live,
			       "second operand", constant, error)
				   : status;
}

static cnnviz_status convert_max(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	cnnviz_status status;

	if (onnx_input_count(conversion) != 2) {
		return onnx_refuse(error, "of %zu arrays", onnx_input_count(conversion));
	}
	status = split_inputs(conversion, &view, &constant, error);
	if (status == CNNVIZ_OK && constant_count(constant) != 1) {
		status = onnx_refuse(error, "with an array");
	}
	return status == CNNVIZ_OK ? clip(conversion, view, constant_real(constant, 0),
			       (double)FLT_MAX, error)
				   : status;
}

/* ---- Numbers of channels -------------------------------------------------------------- */

/**
 * Numbers for each channel from a constant that is one number, or extends along the
 * channels alone
 */
static cnnviz_status read_channels(struct conversion *conversion, const struct view *view,
		const struct constant *constant, struct constant *numbers,
		struct error *error)
{
	const struct graph_shape *shape = build_shape(&conversion->build, view->node);
	uint32_t skipped = view->rank - constant->rank;

	if (constant->rank > view->rank) {
		return onnx_refuse(error, "with an array of more dimensions");
	}
	*numbers = *constant;
	numbers->rank = 1;
	numbers->extent[0] = shape->extent[0];
	numbers->stride[0] = 0;
	for (uint32_t d = 0; d < constant->rank; d++) {
		if (constant->extent[d] == 1) {
			continue;
		}
		if (constant->extent[d] != shape->extent[0]
				|| !view_is_channel(view, d + skipped, shape)) {
			return onnx_refuse(error,
					"with an array of numbers that are not "
					"one for each channel");
		}
		numbers->stride[0] = constant->stride[d];
	}
	return CNNVIZ_OK;
}

/** An array of numbers for each channel, all equal */
static cnnviz_status repeat(struct conversion *conversion, double number, int64_t count,
		struct constant *numbers, struct error *error)
{
	double *values;
	cnnviz_status status = arena_reals(&conversion->arena, 1, (const int64_t[]){ 1 },
			numbers, &values, error);

	if (status == CNNVIZ_OK) {
		values[0] = number;
		numbers->extent[0] = count;
		numbers->stride[0] = 0;
	}
	return status;
}

/** x * factor + addend in each channel, as a batch norm; either may be NULL */
static cnnviz_status scale_channels(struct conversion *conversion,
		const struct view *view, const struct constant *factor,
		const struct constant *addend, struct error *error)
{
	struct graph_settings settings = build_settings("batch_norm2d");
	const struct graph_shape *shape = build_shape(&conversion->build, view->node);
	struct constant zero, one;
	struct view result = *view;
	cnnviz_status status;

	if (shape->rank != 3) {
		return onnx_refuse(error, "of features with a constant");
	}
	/* So small that 1 plus this is 1 */
	settings.eps = 1e-30;
	status = repeat(conversion, 0, shape->extent[0], &zero, error);
	if (status == CNNVIZ_OK) {
		status = repeat(conversion, 1, shape->extent[0], &one, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "batch_norm2d", &settings, 1,
				&view->node, &result.node, error);
	}
	if (status == CNNVIZ_OK) {
		build_weight(&conversion->build, result.node, GRAPH_WEIGHT,
				factor != NULL ? factor : &one);
		build_weight(&conversion->build, result.node, GRAPH_BIAS,
				addend != NULL ? addend : &zero);
		build_weight(&conversion->build, result.node, GRAPH_RUNNING_MEAN, &zero);
		build_weight(&conversion->build, result.node, GRAPH_RUNNING_VAR, &one);
		onnx_set_view(conversion, &result);
	}
	return status;
}

/** The same layer with a bias, where it has none: MatMul and Add are a linear layer. */
static bool take_bias(struct conversion *conversion, const struct view *view,
		const struct constant *bias, cnnviz_status *status, struct error *error)
{
	const struct build *build = &conversion->build;
	const struct graph_node *node = &build->graph->nodes[view->node];
	struct graph_settings settings = node->settings;
	int32_t input = view->node > 0 ? node->inputs[0] : 0;
	struct view result = *view;
	struct constant weight;
	char *path = conversion->path;

	if ((node->op->flags & (OPERATION_LINEAR | OPERATION_CONVOLUTION)) == 0
			|| settings.bias) {
		return false;
	}
	settings.bias = true;
	weight = build->items[view->node].weights[GRAPH_WEIGHT];
	conversion->path = build->items[view->node].path;
	*status = onnx_add_node(conversion, node->op->name, &settings, 1, &input,
			&result.node, error);
	conversion->path = path;
	if (*status == CNNVIZ_OK) {
		build_weight(&conversion->build, result.node, GRAPH_WEIGHT, &weight);
		build_weight(&conversion->build, result.node, GRAPH_BIAS, bias);
		onnx_set_view(conversion, &result);
	}
	return true;
}

/* ---- Two inputs ----------------------------------------------------------------------- */

static cnnviz_status add_constant(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	struct constant numbers;
	cnnviz_status status = split_inputs(conversion, &view, &constant, error);

	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, view, constant, &numbers, error);
	}
	if (status == CNNVIZ_OK
			&& !take_bias(conversion, view, &numbers, &status, error)) {
		status = scale_channels(conversion, view, NULL, &numbers, error);
	}
	return status;
}

/** Add arrays that all have the same axes. */
static cnnviz_status add_live(struct conversion *conversion, struct error *error)
{
	size_t count = onnx_input_count(conversion);
	int32_t *nodes = memory_new(count, sizeof(*nodes));
	const struct view *first, *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &first, error);
	struct view result;

	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = onnx_input_live(conversion, i, &view, error);
		if (status == CNNVIZ_OK && !view_same(first, view)) {
			status = onnx_refuse(error, "of arrays of different shapes");
		}
		nodes[i] = status == CNNVIZ_OK ? view->node : 0;
	}
	if (status == CNNVIZ_OK) {
		result = *first;
		status = onnx_add_node(conversion, "add", NULL, count, nodes,
				&result.node, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &result);
	}
	free(nodes);
	return status;
}

static size_t live_count(const struct conversion *conversion)
{
	size_t count = 0;

	for (size_t i = 0; i < onnx_input_count(conversion); i++) {
		const struct value *value = onnx_input_at(conversion, i);

		count += value != NULL && value->kind == VALUE_LIVE;
	}
	return count;
}

static cnnviz_status convert_add(struct conversion *conversion, struct error *error)
{
	size_t count = onnx_input_count(conversion);

	if (count == 1) {
		return onnx_pass_on(conversion, error);
	}
	if (live_count(conversion) == count) {
		return add_live(conversion, error);
	}
	return count == 2 ? add_constant(conversion, error)
			  : onnx_refuse(error, "of arrays and constants");
}

/** x * sigmoid(x) */
static bool is_silu(const struct conversion *conversion, const struct view *x,
		const struct view *gate)
{
	const struct graph_node *node = &conversion->build.graph->nodes[gate->node];

	return gate->node > 0 && strcmp(node->op->name, "sigmoid") == 0
			&& node->inputs[0] == x->node && view_same(x, gate);
}

static cnnviz_status multiply_live(struct conversion *conversion, struct error *error)
{
	const struct view *a, *b;
	cnnviz_status status = onnx_input_live(conversion, 0, &a, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_live(conversion, 1, &b, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (is_silu(conversion, a, b)) {
		return apply(conversion, "silu", NULL, a, error);
	}
	if (is_silu(conversion, b, a)) {
		return apply(conversion, "silu", NULL, b, error);
	}
	return onnx_refuse(error, "of two arrays");
}

static cnnviz_status convert_mul(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	struct constant numbers;
	cnnviz_status status;

	if (live_count(conversion) == 2) {
		return multiply_live(conversion, error);
	}
	status = split_inputs(conversion, &view, &constant, error);
	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, view, constant, &numbers, error);
	}
	return status == CNNVIZ_OK
			? scale_channels(conversion, view, &numbers, NULL, error)
			: status;
}

/** Numbers for each channel of a live first input, changed one by one */
static cnnviz_status map_numbers(struct conversion *conversion, double (*map)(double),
		const struct view **view, struct constant *result, struct error *error)
{
	const struct constant *constant;
	struct constant numbers;
	double *values;
	cnnviz_status status = onnx_input_live(conversion, 0, view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "second operand", &constant,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, *view, constant, &numbers, error);
	}
	if (status == CNNVIZ_OK) {
		status = arena_reals(&conversion->arena, 1, numbers.extent, result,
				&values, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < numbers.extent[0]; i++) {
		values[i] = map(constant_real(&numbers, i));
	}
	return status;
}

static double negative(double number)
{
	return -number;
}

static double inverse(double number)
{
	return 1 / number;
}

static cnnviz_status convert_sub(struct conversion *conversion, struct error *error)
{
	const struct view *view;
	struct constant numbers;
	cnnviz_status status = map_numbers(conversion, negative, &view, &numbers, error);

	return status == CNNVIZ_OK
			? scale_channels(conversion, view, NULL, &numbers, error)
			: status;
}

static cnnviz_status convert_div(struct conversion *conversion, struct error *error)
{
	const struct view *view;
	struct constant numbers;
	cnnviz_status status = map_numbers(conversion, inverse, &view, &numbers, error);

	return status == CNNVIZ_OK
			? scale_channels(conversion, view, &numbers, NULL, error)
			: status;
}

const struct onnx_operator onnx_elementwise_operators[] = {
	{ "Add", fold_add, convert_add },
	{ "Clip", NULL, convert_clip },
	{ "Div", fold_div, convert_div },
	{ "Gelu", NULL, convert_gelu },
	{ "HardSwish", NULL, convert_hardswish },
	{ "Max", fold_max, convert_max },
	{ "Mul", fold_mul, convert_mul },
	{ "Relu", NULL, convert_relu },
	{ "Sigmoid", NULL, convert_sigmoid },
	{ "Softmax", NULL, convert_softmax },
	{ "Sub", fold_sub, convert_sub },
	{ "Sum", NULL, convert_add },
	{ NULL, NULL, NULL },
};

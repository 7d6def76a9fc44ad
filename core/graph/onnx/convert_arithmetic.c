/**
 * \file    graph/onnx/convert_arithmetic.c
 * \brief   Sums and products: of two live values, or of one and numbers
 */
#include "graph/onnx/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/fold.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/operands.h"
#include "graph/onnx/patterns.h"
#include "graph/operation.h"
#include "graph/shapes.h"

/** So small that 1 plus this is 1: a batch norm that only scales and shifts */
#define NO_EPS 1e-30

/* ---- Numbers of channels ------------------------------------------------------- */

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
	const struct constant shape = { .rank = 1, .extent = { count } };

	return folded_number(conversion, number, &shape, numbers, error);
}

/** A row of features as as many channels of one value, which lie in the same order */
static cnnviz_status features_as_maps(struct conversion *conversion, int32_t row,
		int32_t *node, struct error *error)
{
	struct graph_settings settings = build_settings("reshape");

	settings.rank = 3;
	settings.shape[0] = build_shape(&conversion->build, row)->extent[0];
	settings.shape[1] = settings.shape[2] = 1;
	return onnx_add_node(conversion, "reshape", &settings, 1, &row, node, error);
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
	int32_t input = view->node;
	cnnviz_status status;

	if (shape->rank == 1) {
		status = features_as_maps(conversion, view->node, &input, error);
		if (status != CNNVIZ_OK) {
			return status;
		}
		shape = build_shape(&conversion->build, input);
	}
	settings.eps = NO_EPS;
	status = repeat(conversion, 0, shape->extent[0], &zero, error);
	if (status == CNNVIZ_OK) {
		status = repeat(conversion, 1, shape->extent[0], &one, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "batch_norm2d", &settings, 1, &input,
				&result.node, error);
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

/** x * factor + addend, with one number for all values */
static cnnviz_status scale_all(struct conversion *conversion, const struct view *view,
		double factor, double addend, struct error *error)
{
	struct graph_settings settings = build_settings("affine");

	settings.factor = factor;
	settings.addend = addend;
	return onnx_apply(conversion, "affine", &settings, view, error);
}

/** Whether a constant is one number for an array */
static bool is_number(const struct view *view, const struct constant *constant)
{
	return constant->rank <= view->rank && constant_count(constant) == 1;
}

/** Numbers for the features that a linear layer makes, the last axis of its output */
static bool read_features(const struct conversion *conversion, const struct view *view,
		const struct constant *constant, struct constant *numbers)
{
	const struct graph_node *node = &conversion->build.graph->nodes[view->node];
	const struct view_axis *last = view->axes;
	uint32_t d = constant->rank - 1;

	if ((node->op->flags & OPERATION_LINEAR) == 0 || constant->rank == 0
			|| constant->rank > view->rank) {
		return false;
	}
	last += view->rank - 1;
	if (last->count != 1 || last->pieces[0].stride != 1
			|| last->extent != node->settings.out
			|| constant->extent[d] != last->extent
			|| constant_count(constant) != last->extent) {
		return false;
	}
	*numbers = *constant;
	numbers->rank = 1;
	numbers->extent[0] = constant->extent[d];
	numbers->stride[0] = constant->stride[d];
	return true;
}

/** Whether the only use of a live input is the node */
static bool is_sole_use(const struct conversion *conversion)
{
	const struct value *first = onnx_input_at(conversion, 0);
	size_t live = first != NULL && first->kind == VALUE_LIVE ? 0 : 1;

	return *name_index_find(&conversion->uses, conversion->node->inputs[live]) == 1;
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
			|| settings.bias || !is_sole_use(conversion)) {
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

/* ---- Two inputs ---------------------------------------------------------------- */

static cnnviz_status add_constant(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	struct constant numbers;
	bool channels;
	cnnviz_status status = onnx_split_inputs(conversion, &view, &constant, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (read_features(conversion, view, constant, &numbers)
			&& take_bias(conversion, view, &numbers, &status, error)) {
		return status;
	}
	channels = read_channels(conversion, view, constant, &numbers, error)
			== CNNVIZ_OK;
	if (channels && take_bias(conversion, view, &numbers, &status, error)) {
		return status;
	}
	return is_number(view, constant) ? scale_all(conversion, view, 1,
			       constant_real(constant, 0), error)
			: channels
			? scale_channels(conversion, view, NULL, &numbers, error)
			: onnx_combine(conversion, "add", error);
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

/** Whether there are two inputs, both live */
static bool both_live(const struct conversion *conversion)
{
	return onnx_input_count(conversion) == 2 && live_count(conversion) == 2;
}

static cnnviz_status convert_add(struct conversion *conversion, struct error *error)
{
	size_t count = onnx_input_count(conversion);

	if (count == 1) {
		return onnx_pass_on(conversion, error);
	}
	if (live_count(conversion) == count) {
		return onnx_combine(conversion, "add", error);
	}
	return count == 2 ? add_constant(conversion, error)
			  : onnx_refuse(error, "of arrays and constants");
}

/** Whether a view is that of an operation of what another view is of */
static bool is_of(const struct conversion *conversion, const char *operation,
		const struct view *view, const struct view *of)
{
	const struct graph_node *node = &conversion->build.graph->nodes[view->node];

	return view->node > 0 && strcmp(node->op->name, operation) == 0
			&& node->inputs[0] == of->node && view_same(view, of);
}

/** x times a gate of x that together have a name: silu, hardswish; or NULL */
static const char *gated_name(const struct conversion *conversion, const struct view *x,
		const struct view *gate)
{
	return is_of(conversion, "sigmoid", gate, x)                ? "silu"
			: is_of(conversion, "hardsigmoid", gate, x) ? "hardswish"
								    : NULL;
}

/** gelu of x from x / 2 and its gate, in either order */
static bool find_gelu(const struct conversion *conversion, const struct view *a,
		const struct view *b, struct graph_settings *settings, struct view *x)
{
	const struct build *build = &conversion->build;

	*settings = build_settings("gelu");
	for (int i = 0; i < 2 && view_same(a, b); i++) {
		int32_t half = i == 0 ? a->node : b->node;
		int32_t gate = i == 0 ? b->node : a->node;

		*x = *a;
		x->node = pattern_gelu_gate(build, gate, &settings->mode);
		if (x->node >= 0 && pattern_is_affine(build, half, 0.5, 0)
				&& build->graph->nodes[half].inputs[0] == x->node) {
			return true;
		}
	}
	return false;
}

static cnnviz_status multiply_live(struct conversion *conversion, struct error *error)
{
	const struct value *a = onnx_input_at(conversion, 0);
	const struct value *b = onnx_input_at(conversion, 1);
	bool plain = !a->padded && !b->padded && a->repeated_rank == 0
			&& b->repeated_rank == 0;
	const char *name = plain ? gated_name(conversion, &a->view, &b->view) : NULL;
	struct graph_settings settings;
	struct view x;

	if (name != NULL) {
		return onnx_apply(conversion, name, NULL, &a->view, error);
	}
	if (plain && find_gelu(conversion, &a->view, &b->view, &settings, &x)) {
		return onnx_apply(conversion, "gelu", &settings, &x, error);
	}
	name = plain ? gated_name(conversion, &b->view, &a->view) : NULL;
	return name != NULL ? onnx_apply(conversion, name, NULL, &b->view, error)
			    : onnx_combine(conversion, "mul", error);
}

/** A view times a number, or what that has a name for */
static cnnviz_status scale(struct conversion *conversion, const struct view *view,
		double number, struct error *error)
{
	const struct build *build = &conversion->build;
	struct graph_settings settings = build_settings("gelu");
	struct view source = *view;

	if (pattern_is_about(number, 0.5)) {
		source.node = pattern_gelu_product(build, view->node, &settings.mode);
		return source.node >= 0 ? onnx_apply(conversion, "gelu", &settings,
				       &source, error)
					: scale_all(conversion, view, number, 0, error);
	}
	if (!pattern_is_about(number, 1.0 / 6)) {
		return scale_all(conversion, view, number, 0, error);
	}
	source.node = pattern_hardswish(build, view->node);
	if (source.node >= 0) {
		return onnx_apply(conversion, "hardswish", NULL, &source, error);
	}
	source.node = pattern_hardsigmoid(build, view->node);
	return source.node >= 0
			? onnx_apply(conversion, "hardsigmoid", NULL, &source, error)
			: scale_all(conversion, view, number, 0, error);
}

static cnnviz_status convert_mul(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	struct constant numbers;
	cnnviz_status status;

	if (both_live(conversion)) {
		return multiply_live(conversion, error);
	}
	status = onnx_split_inputs(conversion, &view, &constant, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (is_number(view, constant)) {
		return scale(conversion, view, constant_real(constant, 0), error);
	}
	return read_channels(conversion, view, constant, &numbers, error) == CNNVIZ_OK
			? scale_channels(conversion, view, &numbers, NULL, error)
			: onnx_combine(conversion, "mul", error);
}

/** A constant second operand, if it is one number for the live first one */
static bool find_number(struct conversion *conversion, const struct view **view,
		double *number)
{
	const struct value *second = onnx_input_at(conversion, 1);

	if (second == NULL || second->kind != VALUE_CONSTANT
			|| onnx_input_live(conversion, 0, view, NULL) != CNNVIZ_OK
			|| !is_number(*view, &second->constant)) {
		return false;
	}
	*number = constant_real(&second->constant, 0);
	return true;
}

/** Numbers for each channel of a live first input, changed one by one */
static cnnviz_status map_numbers(struct conversion *conversion, double (*map)(double),
		const struct view **view, struct constant *result, struct error *error)
{
	const struct constant *constant;
	struct constant numbers;
	double *values;
	int64_t count;
	cnnviz_status status = onnx_input_live(conversion, 0, view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "second operand", &constant,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, *view, constant, &numbers, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	count = numbers.stride[0] == 0 ? 1 : numbers.extent[0];
	status = arena_reals(&conversion->arena, 1, &count, result, &values, error);
	for (int64_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		values[i] = map(constant_real(&numbers, i));
	}
	result->extent[0] = numbers.extent[0];
	result->stride[0] = numbers.stride[0] == 0 ? 0 : 1;
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

/** Numbers for the channels minus a live second input */
static cnnviz_status subtract_from(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	const struct view *view;
	struct constant numbers, minus;
	cnnviz_status status = onnx_split_inputs(conversion, &view, &constant, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (is_number(view, constant)) {
		return scale_all(conversion, view, -1, constant_real(constant, 0), error);
	}
	if (read_channels(conversion, view, constant, &numbers, error) != CNNVIZ_OK) {
		return onnx_combine(conversion, "sub", error);
	}
	status = repeat(conversion, -1,
			build_shape(&conversion->build, view->node)->extent[0], &minus,
			error);
	return status == CNNVIZ_OK
			? scale_channels(conversion, view, &minus, &numbers, error)
			: status;
}

static cnnviz_status convert_sub(struct conversion *conversion, struct error *error)
{
	const struct value *first;
	const struct view *view;
	struct constant numbers;
	double number;
	cnnviz_status status;

	if (both_live(conversion)) {
		return onnx_combine(conversion, "sub", error);
	}
	first = onnx_input_at(conversion, 0);
	if (first != NULL && first->kind == VALUE_CONSTANT) {
		return subtract_from(conversion, error);
	}
	if (find_number(conversion, &view, &number)) {
		return scale_all(conversion, view, 1, -number, error);
	}
	status = map_numbers(conversion, negative, &view, &numbers, error);
	return status == CNNVIZ_OK
			? scale_channels(conversion, view, NULL, &numbers, error)
			: status == CNNVIZ_ERROR_UNSUPPORTED
			? onnx_combine(conversion, "sub", error)
			: status;
}

static cnnviz_status convert_div(struct conversion *conversion, struct error *error)
{
	const struct value *first = onnx_input_at(conversion, 0);
	const struct view *view;
	struct constant numbers;
	double number;
	cnnviz_status status;

	if (both_live(conversion) || (first != NULL && first->kind == VALUE_CONSTANT)) {
		return onnx_combine(conversion, "div", error);
	}
	if (find_number(conversion, &view, &number)) {
		return scale(conversion, view, 1 / number, error);
	}
	status = map_numbers(conversion, inverse, &view, &numbers, error);
	return status == CNNVIZ_OK
			? scale_channels(conversion, view, &numbers, NULL, error)
			: status == CNNVIZ_ERROR_UNSUPPORTED
			? onnx_combine(conversion, "div", error)
			: status;
}

/* ---- A slope ------------------------------------------------------------------- */

/** One factor of negative values, or one for each channel */
static cnnviz_status convert_prelu(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("prelu");
	const struct constant *constant;
	const struct view *view;
	struct constant slopes;
	struct view result;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "slope", &constant, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, view, constant, &slopes, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	settings.shared = slopes.stride[0] == 0;
	slopes.extent[0] = settings.shared ? 1 : slopes.extent[0];
	result = *view;
	status = onnx_add_node(conversion, "prelu", &settings, 1, &view->node,
			&result.node, error);
	if (status == CNNVIZ_OK) {
		build_weight(&conversion->build, result.node, GRAPH_WEIGHT, &slopes);
		onnx_set_view(conversion, &result);
	}
	return status;
}

/* ---- A gate -------------------------------------------------------------------- */

/** min(max(alpha x + beta, 0), 1), which has a name for PyTorch's numbers */
static cnnviz_status convert_hardsigmoid(struct conversion *conversion,
		struct error *error)
{
	double alpha = onnx_real(conversion->node, "alpha", 0.2);
	double beta = onnx_real(conversion->node, "beta", 0.5);
	struct graph_settings settings = build_settings("clip");
	const struct view *view;
	struct view scaled;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (pattern_is_about(alpha, 1.0 / 6) && pattern_is_about(beta, 0.5)) {
		return onnx_apply(conversion, "hardsigmoid", NULL, view, error);
	}
	status = scale_all(conversion, view, alpha, beta, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	settings.min = 0;
	settings.max = 1;
	scaled = onnx_value_of(conversion, conversion->node->outputs[0])->view;
	return onnx_apply(conversion, "clip", &settings, &scaled, error);
}

const struct onnx_operator onnx_arithmetic_operators[] = {
	{ "Add", fold_add, convert_add },
	{ "Div", fold_div, convert_div },
	{ "HardSigmoid", NULL, convert_hardsigmoid },
	{ "Mul", fold_mul, convert_mul },
	{ "PRelu", NULL, convert_prelu },
	{ "Sub", fold_sub, convert_sub },
	{ "Sum", NULL, convert_add },
	{ NULL, NULL, NULL },
};

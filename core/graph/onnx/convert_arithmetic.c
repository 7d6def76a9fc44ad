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
#include "graph/onnx/operands.h"
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

/** A row of features as as many channels of one value, which lie in the same order */
static cnnviz_status features_as_maps(struct conversion *conversion, int32_t row,
		int32_t *node, struct error *error)
{
	struct graph_settings settings = build_settings("reshape");

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
	cnnviz_status status = onnx_split_inputs(conversion, &view, &constant, error);

	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, view, constant, &numbers, error);
	}
	if (status == CNNVIZ_OK
			&& !take_bias(conversion, view, &numbers, &status, error)) {
		status = scale_channels(conversion, view, NULL, &numbers, error);
	}
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

static bool is_about(double value, double other)
{
	return fabs(value - other) <= 1e-6 * fabs(other);
}

/** x times a gate of x that together have a name: silu, hardswish; or NULL */
static const char *gated_name(const struct conversion *conversion, const struct view *x,
		const struct view *gate)
{
	return is_of(conversion, "sigmoid", gate, x)                ? "silu"
			: is_of(conversion, "hardsigmoid", gate, x) ? "hardswish"
								    : NULL;
}

static cnnviz_status multiply_live(struct conversion *conversion, struct error *error)
{
	const struct value *a = onnx_input_at(conversion, 0);
	const struct value *b = onnx_input_at(conversion, 1);
	bool plain = !a->padded && !b->padded && a->repeated_rank == 0
			&& b->repeated_rank == 0;
	const char *name = plain ? gated_name(conversion, &a->view, &b->view) : NULL;

	if (name != NULL) {
		return onnx_apply(conversion, name, NULL, &a->view, error);
	}
	name = plain ? gated_name(conversion, &b->view, &a->view) : NULL;
	return name != NULL ? onnx_apply(conversion, name, NULL, &b->view, error)
			    : onnx_combine(conversion, "mul", error);
}

/** Whether a node adds a number to the values of another one and changes nothing else */
static bool adds(const struct build *build, int32_t node, double number)
{
	const struct graph_node *norm = &build->graph->nodes[node];
	const struct constant *factor = &build->items[node].weights[GRAPH_WEIGHT];
	const struct constant *addend = &build->items[node].weights[GRAPH_BIAS];

	return node > 0 && strcmp(norm->op->name, "batch_norm2d") == 0
			&& norm->settings.eps <= NO_EPS && factor->stride[0] == 0
			&& addend->stride[0] == 0 && is_about(constant_real(factor, 0), 1)
			&& is_about(constant_real(addend, 0), number);
}

/** x if a node is x * relu6(x + 3), six times hardswish; or -1 */
static int32_t find_hardswish(const struct conversion *conversion, int32_t product)
{
	const struct build *build = &conversion->build;
	const struct graph_node *nodes = build->graph->nodes;

	if (product == 0 || strcmp(nodes[product].op->name, "mul") != 0) {
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		int32_t x = nodes[product].inputs[i], gate = nodes[product].inputs[1 - i];

		if (gate > 0 && strcmp(nodes[gate].op->name, "relu6") == 0
				&& adds(build, nodes[gate].inputs[0], 3)
				&& nodes[nodes[gate].inputs[0]].inputs[0] == x) {
			return x;
		}
	}
	return -1;
}

/** A view times numbers for its channels, or what a sixth of it has a name for */
static cnnviz_status scale(struct conversion *conversion, const struct view *view,
		const struct constant *numbers, struct error *error)
{
	const struct build *build = &conversion->build;
	bool sixth = numbers->stride[0] == 0
			&& is_about(constant_real(numbers, 0), 1.0 / 6);
	int32_t x = sixth ? find_hardswish(conversion, view->node) : -1;
	const struct graph_node *node = &build->graph->nodes[view->node];
	struct view source = *view;

	if (x >= 0) {
		source.node = x;
		return onnx_apply(conversion, "hardswish", NULL, &source, error);
	}
	if (sixth && view->node > 0 && strcmp(node->op->name, "relu6") == 0
			&& adds(build, node->inputs[0], 3)) {
		source.node = build->graph->nodes[node->inputs[0]].inputs[0];
		return onnx_apply(conversion, "hardsigmoid", NULL, &source, error);
	}
	return scale_channels(conversion, view, numbers, NULL, error);
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
	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, view, constant, &numbers, error);
	}
	return status == CNNVIZ_OK ? scale(conversion, view, &numbers, error) : status;
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

	if (status == CNNVIZ_OK) {
		status = read_channels(conversion, view, constant, &numbers, error);
	}
	if (status == CNNVIZ_OK) {
		status = repeat(conversion, -1,
				build_shape(&conversion->build, view->node)->extent[0],
				&minus, error);
	}
	return status == CNNVIZ_OK
			? scale_channels(conversion, view, &minus, &numbers, error)
			: status;
}

static cnnviz_status convert_sub(struct conversion *conversion, struct error *error)
{
	const struct value *first;
	const struct view *view;
	struct constant numbers;
	cnnviz_status status;

	if (both_live(conversion)) {
		return onnx_combine(conversion, "sub", error);
	}
	first = onnx_input_at(conversion, 0);
	if (first != NULL && first->kind == VALUE_CONSTANT) {
		return subtract_from(conversion, error);
	}
	status = map_numbers(conversion, negative, &view, &numbers, error);
	return status == CNNVIZ_OK
			? scale_channels(conversion, view, NULL, &numbers, error)
			: status;
}

static cnnviz_status convert_div(struct conversion *conversion, struct error *error)
{
	const struct view *view;
	struct constant numbers;
	cnnviz_status status;

	if (both_live(conversion)) {
		return onnx_combine(conversion, "div", error);
	}
	status = map_numbers(conversion, inverse, &view, &numbers, error);
	return status == CNNVIZ_OK ? scale(conversion, view, &numbers, error) : status;
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
	struct constant factor, addend;
	const struct view *view;
	struct view scaled;
	int64_t channels;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (is_about(alpha, 1.0 / 6) && is_about(beta, 0.5)) {
		return onnx_apply(conversion, "hardsigmoid", NULL, view, error);
	}
	channels = build_shape(&conversion->build, view->node)->extent[0];
	status = repeat(conversion, alpha, channels, &factor, error);
	if (status == CNNVIZ_OK) {
		status = repeat(conversion, beta, channels, &addend, error);
	}
	if (status == CNNVIZ_OK) {
		status = scale_channels(conversion, view, &factor, &addend, error);
	}
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

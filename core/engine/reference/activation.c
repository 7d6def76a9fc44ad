/**
 * \file    engine/reference/activation.c
 * \brief   Activations, where backward rules act, and softmax
 */
#include <math.h>

#include "engine/reference/operation.h"

/* ---- Functions and derivatives ------------------------------------------------- */

/* What is not a number stays so: it fails every comparison, so those are for the flat
 * parts. */

static double relu(const struct graph_settings *settings, double x)
{
	(void)settings;
	return x <= 0 ? 0 : x;
}

static double relu_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return !(x <= 0);
}

static double relu6(const struct graph_settings *settings, double x)
{
	(void)settings;
	return x <= 0 ? 0 : x >= 6 ? 6 : x;
}

static double relu6_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return !(x <= 0 || x >= 6);
}

static double clip(const struct graph_settings *settings, double x)
{
	return x <= settings->min            ? settings->min
			: x >= settings->max ? settings->max
					     : x;
}

/** Also of a rectifier with a ceiling, whose min is 0 */
static double clip_slope(const struct graph_settings *settings, double x)
{
	return x > settings->min && x < settings->max;
}

static double leaky_relu(const struct graph_settings *settings, double x)
{
	return x > 0 ? x : settings->negative_slope * x;
}

static double leaky_relu_slope(const struct graph_settings *settings, double x)
{
	return x > 0 ? 1 : settings->negative_slope;
}

static double elu(const struct graph_settings *settings, double x)
{
	return x > 0 ? x : settings->alpha * expm1(x);
}

static double elu_slope(const struct graph_settings *settings, double x)
{
	return x > 0 ? 1 : settings->alpha * exp(x);
}

static double bent(const struct graph_settings *settings, double x)
{
	(void)settings;
	return tanh(x);
}

static double bent_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return 1 - tanh(x) * tanh(x);
}

/** relu6(x + 3) / 6 */
static double hardsigmoid(const struct graph_settings *settings, double x)
{
	return relu6(settings, x + 3) / 6;
}

static double hardsigmoid_slope(const struct graph_settings *settings, double x)
{
	return relu6_slope(settings, x + 3) / 6;
}

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

static double sigmoid(const struct graph_settings *settings, double x)
{
	(void)settings;
	return logistic(x);
}

static double sigmoid_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return logistic(x) * (1 - logistic(x));
}

static double silu(const struct graph_settings *settings, double x)
{
	(void)settings;
	return x * logistic(x);
}

static double silu_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return logistic(x) * (1 + x * (1 - logistic(x)));
}

/** The normal distribution function and its derivative, or their approximation by tanh */
static double normal(bool exact, double x, double *density)
{
	double factor = sqrt(2 / M_PI);
	double t = tanh(factor * (x + 0.044715 * x * x * x));

	*density = exact ? exp(-x * x / 2) / sqrt(2 * M_PI)
			 : (1 - t * t) / 2 * factor * (1 + 3 * 0.044715 * x * x);
	return exact ? erfc(-x / M_SQRT2) / 2 : (1 + t) / 2;
}

static double gelu(const struct graph_settings *settings, double x)
{
	double density;

	return x * normal(settings->mode == 0, x, &density);
}

static double gelu_slope(const struct graph_settings *settings, double x)
{
	double density, share = normal(settings->mode == 0, x, &density);

	return share + x * density;
}

/** x * relu6(x + 3) / 6 */
static double hardswish(const struct graph_settings *settings, double x)
{
	(void)settings;
	return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

static double hardswish_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return x <= -3 ? 0 : x < 3 ? (2 * x + 3) / 6 : 1;
}

/** The logarithm of 1 + exp(x) */
static double softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double mish(const struct graph_settings *settings, double x)
{
	(void)settings;
	return x * tanh(softplus(x));
}

static double mish_slope(const struct graph_settings *settings, double x)
{
	double t = tanh(softplus(x));

	(void)settings;
	return t + x * (1 - t * t) * logistic(x);
}

/* ---- Backward rules ------------------------------------------------------------ */

/** A function of input i; with weights, those are negative slopes of channels */
static double evaluate(const struct work *work,
		double (*function)(const struct graph_settings *settings, double x),
		int64_t i)
{
	const struct reference_value *x = work->inputs[0];
	const float *weight = weight_of(work, GRAPH_WEIGHT);
	struct graph_settings settings;

	if (weight == NULL) {
		return function(work->settings, x->data[i]);
	}
	settings = *work->settings;
	settings.negative_slope =
			(double)weight[settings.shared ? 0 : i / plane(x) % x->shape[1]];
	return function(&settings, x->data[i]);
}

static void activation_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = evaluate(work, work->operation->value, i);
	}
}

static double slope_at(const struct work *work, int64_t i)
{
	return evaluate(work, work->operation->slope, i);
}

/** Whether a rule passes positive gradients only */
static bool positive_only(const struct work *work)
{
	return work->rule == CNNVIZ_RULE_GUIDED || work->rule == CNNVIZ_RULE_DECONVNET;
}

/** Redirected: what leads out of the flat parts, where an item has nothing else */
static void redirect_item(struct work *work, int64_t first, int64_t end)
{
	for (int64_t i = first; i < end; i++) {
		if (slope_at(work, i) * work->output->gradient[i] != 0) {
			return;
		}
	}
	for (int64_t i = first; i < end; i++) {
		double g = work->output->gradient[i];

		/* A rectifier is flat below zero, and again where it has a ceiling. */
		if (slope_at(work, i) == 0
				&& (work->inputs[0]->data[i] <= 0) == (g > 0)) {
			work->inputs[0]->gradient[i] += g;
		}
	}
}

/** For rectifiers: deconvnet depends only on the gradient. */
static void rectifier_backward(struct work *work)
{
	int64_t items = work->output->shape[0];
	int64_t size = work->output->count / items;

	for (int64_t i = 0; i < work->output->count; i++) {
		double g = work->output->gradient[i];

		if (positive_only(work) && g <= 0) {
			continue;
		}
		work->inputs[0]->gradient[i] += work->rule == CNNVIZ_RULE_DECONVNET
				? g
				: slope_at(work, i) * g;
	}
	for (int64_t n = 0; work->rule == CNNVIZ_RULE_REDIRECTED && n < items; n++) {
		redirect_item(work, n * size, (n + 1) * size);
	}
}

/** For smooth activations: the true derivative, under the rule's conditions */
static void smooth_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		double g = work->output->gradient[i];
		bool guided = work->rule == CNNVIZ_RULE_GUIDED;

		if ((positive_only(work) && g <= 0)
				|| (guided && work->inputs[0]->data[i] <= 0)) {
			continue;
		}
		work->inputs[0]->gradient[i] += slope_at(work, i) * g;
	}
}

/** For gates: no rule applies. */
static void gate_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->inputs[0]->gradient[i] += slope_at(work, i)
				* work->output->gradient[i];
	}
}

/* ---- Functions where no rule acts ---------------------------------------------- */

static double affine(const struct graph_settings *settings, double x)
{
	return settings->factor * x + settings->addend;
}

static double affine_slope(const struct graph_settings *settings, double x)
{
	(void)x;
	return settings->factor;
}

static double power(const struct graph_settings *settings, double x)
{
	return pow(x, settings->exponent);
}

static double power_slope(const struct graph_settings *settings, double x)
{
	return settings->exponent * pow(x, settings->exponent - 1);
}

static double exponential(const struct graph_settings *settings, double x)
{
	(void)settings;
	return exp(x);
}

static double error_function(const struct graph_settings *settings, double x)
{
	(void)settings;
	return erf(x);
}

static double error_slope(const struct graph_settings *settings, double x)
{
	(void)settings;
	return 2 / sqrt(M_PI) * exp(-x * x);
}

/* ---- Softmax ------------------------------------------------------------------- */

/** The values along the axis that element i is among */
static struct line line_of(const struct work *work, int64_t i)
{
	const struct reference_value *x = work->inputs[0];
	uint32_t axis = 1 + (uint32_t)work->settings->axis;
	struct line line = { .stride = 1, .length = x->shape[axis] };

	for (uint32_t d = axis + 1; d < x->rank; d++) {
		line.stride *= x->shape[d];
	}
	line.first = i - i / line.stride % line.length * line.stride;
	return line;
}

static void softmax_forward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		struct line line = line_of(work, i);
		double sum = 0;

		for (int64_t k = 0; k < line.length; k++) {
			sum += exp(*at_line(x->data, &line, k) - x->data[i]);
		}
		y->data[i] = 1 / sum;
	}
}

static void softmax_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		struct line line = line_of(work, i);

		for (int64_t k = 0; k < line.length; k++) {
			int64_t other = line.first + k * line.stride;

			x->gradient[i] += y->gradient[other] * y->data[other]
					* ((other == i) - y->data[i]);
		}
	}
}

const struct reference_operation reference_activation_operations[] = {
	{ "relu", activation_forward, rectifier_backward, .value = relu,
			.slope = relu_slope, .straight = true },
	{ "relu6", activation_forward, rectifier_backward, .value = relu6,
			.slope = relu6_slope, .straight = true },
	{ "clipped_relu", activation_forward, rectifier_backward, .value = clip,
			.slope = clip_slope, .straight = true },
	{ "leaky_relu", activation_forward, smooth_backward, .value = leaky_relu,
			.slope = leaky_relu_slope, .straight = true },
	{ "prelu", activation_forward, smooth_backward, .value = leaky_relu,
			.slope = leaky_relu_slope, .straight = true },
	{ "elu", activation_forward, smooth_backward, .value = elu, .slope = elu_slope },
	{ "silu", activation_forward, smooth_backward, .value = silu,
			.slope = silu_slope },
	{ "gelu", activation_forward, smooth_backward, .value = gelu,
			.slope = gelu_slope },
	{ "hardswish", activation_forward, smooth_backward, .value = hardswish,
			.slope = hardswish_slope },
	{ "mish", activation_forward, smooth_backward, .value = mish,
			.slope = mish_slope },
	{ "clip", activation_forward, gate_backward, .value = clip, .slope = clip_slope,
			.straight = true },
	{ "tanh", activation_forward, gate_backward, .value = bent, .slope = bent_slope },
	{ "hardsigmoid", activation_forward, gate_backward, .value = hardsigmoid,
			.slope = hardsigmoid_slope, .straight = true },
	{ "sigmoid", activation_forward, gate_backward, .value = sigmoid,
			.slope = sigmoid_slope },
	{ "affine", activation_forward, gate_backward, .value = affine,
			.slope = affine_slope },
	{ "pow", activation_forward, gate_backward, .value = power,
			.slope = power_slope },
	{ "exp", activation_forward, gate_backward, .value = exponential,
			.slope = exponential },
	{ "erf", activation_forward, gate_backward, .value = error_function,
			.slope = error_slope },
	{ .name = "softmax", .forward = softmax_forward, .backward = softmax_backward },
	{ .name = NULL },
};

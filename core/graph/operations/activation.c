/**
 * \file    graph/operations/activation.c
 * \brief   Operations on each value by itself, and softmax
 */
#include "graph/operations/axis.h"
#include "graph/operations/families.h"

#include <math.h>

/* ---- Settings ------------------------------------------------------------------ */

static const char *const approximations[] = { "none", "tanh", NULL };

static const struct operation_setting setting_approximate = {
	.parameter = {
		.name = "approximate",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "none",
		.choices = approximations,
		.summary = "what stands for the normal distribution function",
	},
	.offset = offsetof(struct graph_settings, mode),
};

static const struct operation_setting setting_negative_slope = {
	.parameter = {
		.name = "negative_slope",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "0.01",
		.summary = "factor of what is below zero",
	},
	.offset = offsetof(struct graph_settings, negative_slope),
};

static const struct operation_setting setting_alpha = {
	.parameter = {
		.name = "alpha",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "1",
		.summary = "what the output is above the negative of",
	},
	.offset = offsetof(struct graph_settings, alpha),
};

static const struct operation_setting setting_shared = {
	.parameter = {
		.name = "shared",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "yes",
		.summary = "whether all channels have the same factor",
	},
	.offset = offsetof(struct graph_settings, shared),
};

static const struct operation_setting setting_min = {
	.parameter = {
		.name = "min",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "smallest value of the output",
	},
	.offset = offsetof(struct graph_settings, min),
};

static const struct operation_setting setting_max = {
	.parameter = {
		.name = "max",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "largest value of the output",
	},
	.offset = offsetof(struct graph_settings, max),
};

static const struct operation_setting setting_ceiling = {
	.parameter = {
		.name = "max",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1e-30,
		.maximum = 1e300,
		.summary = "largest value of the output",
	},
	.offset = offsetof(struct graph_settings, max),
};

static const struct operation_setting setting_factor = {
	.parameter = {
		.name = "factor",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "what values are multiplied by",
	},
	.offset = offsetof(struct graph_settings, factor),
};

static const struct operation_setting setting_addend = {
	.parameter = {
		.name = "addend",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "0",
		.summary = "what is then added",
	},
	.offset = offsetof(struct graph_settings, addend),
};

static const struct operation_setting setting_exponent = {
	.parameter = {
		.name = "exponent",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "power that values are raised to",
	},
	.offset = offsetof(struct graph_settings, exponent),
};

static const struct operation_setting *const affine_settings[] = {
	&setting_factor,
	&setting_addend,
	NULL,
};

static const struct operation_setting *const pow_settings[] = {
	&setting_exponent,
	NULL,
};

static const struct operation_setting *const softmax_settings[] = {
	&setting_axis,
	NULL,
};

static const struct operation_setting *const gelu_settings[] = {
	&setting_approximate,
	NULL,
};

static const struct operation_setting *const leaky_relu_settings[] = {
	&setting_negative_slope,
	NULL,
};

static const struct operation_setting *const elu_settings[] = {
	&setting_alpha,
	NULL,
};

static const struct operation_setting *const prelu_settings[] = {
	&setting_shared,
	NULL,
};

static const struct operation_setting *const clip_settings[] = {
	&setting_min,
	&setting_max,
	NULL,
};

static const struct operation_setting *const clipped_relu_settings[] = {
	&setting_ceiling,
	NULL,
};

/* ---- Random weights ------------------------------------------------------------ */

static double affine_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	const struct graph_settings *settings = &node->settings;

	(void)graph;
	return settings->factor * settings->factor * power[node->inputs[0]]
			+ settings->addend * settings->addend;
}

/* ---- Shapes -------------------------------------------------------------------- */

static cnnviz_status clip_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	const struct graph_settings *settings = &node->settings;

	(void)graph;
	(void)shapes;
	(void)out;
	return settings->min < settings->max
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"its min=%g is not below its max=%g",
					settings->min, settings->max);
}

static cnnviz_status softmax_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	(void)graph;
	(void)shapes;
	return axis_check(node, out, error);
}

static uint32_t prelu_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	shape[0] = node->settings.shared ? 1 : in->extent[0];
	return role == GRAPH_WEIGHT ? 1 : 0;
}

/* ---- Random weights ------------------------------------------------------------ */

/** Half of the values are above zero and stay what they are, nearly or entirely. */
static double halved_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	return power[node->inputs[0]] / 2;
}

/**
 * Of a normal number of this mean square, with the normal distribution function of
 * sqrt(pi / 8) x in place of the sigmoid: 1/4 and the arc sine of a correlation
 */
static double sigmoid_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	double scaled = M_PI / 8 * power[node->inputs[0]];

	(void)graph;
	return 0.25 + asin(scaled / (1 + scaled)) / (2 * M_PI);
}

/** Nearly linear between what bounds it */
static double bounded_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	return power[node->inputs[0]] / (1 + power[node->inputs[0]]);
}

/** So that random factors are as large as the 1/4 that PyTorch starts from */
static double prelu_fan_in(const struct graph_node *node, const int64_t shape[4])
{
	(void)node;
	(void)shape;
	return 2 / (0.25 * 0.25);
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation activation_operations[] = {
	{
			.name = "relu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RECTIFIES | OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "relu6",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RECTIFIES | OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "clipped_relu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RECTIFIES | OPERATION_RULED,
			.settings = clipped_relu_settings,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "leaky_relu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.settings = leaky_relu_settings,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "prelu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.settings = prelu_settings,
			.weight_shape = prelu_weight_shape,
			.power = halved_power,
			.fan_in = prelu_fan_in,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "elu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.settings = elu_settings,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "silu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "gelu",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.settings = gelu_settings,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "hardswish",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "mish",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "clip",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE,
			.settings = clip_settings,
			.shape = clip_shape,
			.power = bounded_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "tanh",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE,
			.power = bounded_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "hardsigmoid",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_PROBABILITIES,
			.power = sigmoid_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "sigmoid",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE
					| OPERATION_PROBABILITIES,
			.power = sigmoid_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "affine",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE,
			.settings = affine_settings,
			.power = affine_power,
	},
	{
			.name = "pow",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE,
			.settings = pow_settings,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "exp",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "erf",
			.flags = OPERATION_REFINES | OPERATION_ELEMENTWISE,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "softmax",
			.flags = OPERATION_PROBABILITIES,
			.settings = softmax_settings,
			.shape = softmax_shape,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{ .name = NULL },
};

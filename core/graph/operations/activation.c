/**
 * \file    graph/operations/activation.c
 * \brief   Operations on each value by itself, and softmax
 */
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

static const struct operation_setting *const gelu_settings[] = {
	&setting_approximate,
	NULL,
};

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

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation activation_operations[] = {
	{
			.name = "relu",
			.flags = OPERATION_REFINES | OPERATION_RECTIFIES
					| OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "relu6",
			.flags = OPERATION_REFINES | OPERATION_RECTIFIES
					| OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "silu",
			.flags = OPERATION_REFINES | OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "gelu",
			.flags = OPERATION_REFINES | OPERATION_RULED,
			.settings = gelu_settings,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "hardswish",
			.flags = OPERATION_REFINES | OPERATION_RULED,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "sigmoid",
			.flags = OPERATION_REFINES | OPERATION_PROBABILITIES,
			.power = sigmoid_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "softmax",
			.flags = OPERATION_PROBABILITIES,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{ .name = NULL },
};

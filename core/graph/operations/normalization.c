/**
 * \file    graph/operations/normalization.c
 * \brief   Normalizations: by running statistics, and across channels
 */
#include "graph/operations/families.h"

static const struct operation_setting setting_eps = {
	.parameter = {
		.name = "eps",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "1e-5",
		.minimum = 1e-30,
		.maximum = 1e300,
		.summary = "added to the variance",
	},
	.offset = offsetof(struct graph_settings, eps),
};

static const struct operation_setting setting_size = {
	.parameter = {
		.name = "size",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "channels whose squares are summed up",
	},
	.offset = offsetof(struct graph_settings, size),
};

static const struct operation_setting setting_alpha = {
	.parameter = {
		.name = "alpha",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "1e-4",
		.summary = "factor of the mean square",
	},
	.offset = offsetof(struct graph_settings, alpha),
};

static const struct operation_setting setting_beta = {
	.parameter = {
		.name = "beta",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "0.75",
		.summary = "exponent of what is divided by",
	},
	.offset = offsetof(struct graph_settings, beta),
};

static const struct operation_setting setting_k = {
	.parameter = {
		.name = "k",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "1",
		.summary = "added to the mean square",
	},
	.offset = offsetof(struct graph_settings, k),
};

static const struct operation_setting *const batch_norm2d_settings[] = {
	&setting_eps,
	NULL,
};

static const struct operation_setting *const lrn_settings[] = {
	&setting_size,
	&setting_alpha,
	&setting_beta,
	&setting_k,
	NULL,
};

/** One number for each channel, in every role */
static uint32_t batch_norm_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	(void)node;
	(void)role;
	shape[0] = in->extent[0];
	return 1;
}

static double unit_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	(void)node;
	(void)power;
	return 1;
}

/** Squares, their padded copy and their sums, which are kept as what is divided by */
static struct operation_memory lrn_memory(const struct graph_node *node,
		const struct graph_shape *in, const struct graph_shape *out)
{
	int64_t plane = in->extent[1] * in->extent[2] * (int64_t)sizeof(float);

	(void)out;
	return (struct operation_memory){
		.scratch = (2 * in->extent[0] + node->settings.size) * plane,
		.kept = in->extent[0] * plane,
	};
}

const struct operation normalization_operations[] = {
	{
			.name = "batch_norm2d",
			.flags = OPERATION_SPATIAL | OPERATION_REFINES
					| OPERATION_NORMALIZES,
			.settings = batch_norm2d_settings,
			.weight_shape = batch_norm_weight_shape,
			.power = unit_power,
	},
	{
			.name = "lrn",
			.flags = OPERATION_SPATIAL,
			.settings = lrn_settings,
			.kept = OPERATION_KEEPS_INPUTS,
			.memory = lrn_memory,
	},
	{ .name = NULL },
};

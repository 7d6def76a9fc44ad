/**
 * \file    graph/operations/normalization.c
 * \brief   Normalizations: by running statistics, and across channels
 */
#include "graph/operations/families.h"
#include "graph/shapes.h"

#include <inttypes.h>
#include <string.h>

/* A weight has at most as many axes. */
#define MAX_WEIGHT_RANK 4

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

static const struct operation_setting setting_axes = {
	.parameter = {
		.name = "axes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1",
		.minimum = 1,
		.maximum = MAX_WEIGHT_RANK,
		.summary = "over how many axes, the last ones",
	},
	.offset = offsetof(struct graph_settings, axes),
};

static const struct operation_setting setting_groups = {
	.parameter = {
		.name = "groups",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "parts of the channels, each of which is normalized by itself",
	},
	.offset = offsetof(struct graph_settings, groups),
};

static const struct operation_setting setting_affine = {
	.parameter = {
		.name = "affine",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "yes",
		.summary = "whether a weight multiplies the result and a bias is added",
	},
	.offset = offsetof(struct graph_settings, affine),
};

static const struct operation_setting *const layer_norm_settings[] = {
	&setting_axes,
	&setting_eps,
	&setting_affine,
	NULL,
};

static const struct operation_setting *const group_norm_settings[] = {
	&setting_groups,
	&setting_eps,
	&setting_affine,
	NULL,
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

static cnnviz_status layer_norm_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *usual = &graph->nodes[node->inputs[0]].shape;
	uint32_t first = out->rank - (uint32_t)node->settings.axes;
	char text[96], other[96];

	(void)shapes;
	if (node->settings.axes > out->rank) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"axes=%" PRId64 " are more than there are in %s",
				node->settings.axes, shape_text(out, text));
	}
	return !node->settings.affine || usual->rank != out->rank
					|| memcmp(usual->extent + first,
							   out->extent + first,
							   (out->rank - first)
									   * sizeof(*out->extent))
							== 0
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"its weight is for %s, but it gets %s",
					shape_text(usual, other), shape_text(out, text));
}

static cnnviz_status group_norm_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	(void)graph;
	(void)shapes;
	return out->extent[0] % node->settings.groups == 0
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"groups=%" PRId64 " does not divide its %" PRId64
					" channels",
					node->settings.groups, out->extent[0]);
}

static uint32_t layer_norm_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	uint32_t axes = (uint32_t)node->settings.axes;

	if (!node->settings.affine || role > GRAPH_BIAS || axes > in->rank) {
		return 0;
	}
	memcpy(shape, in->extent + (in->rank - axes), axes * sizeof(*shape));
	return axes;
}

static uint32_t group_norm_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	shape[0] = in->extent[0];
	return node->settings.affine && role <= GRAPH_BIAS ? 1 : 0;
}

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
			.name = "layer_norm",
			.flags = OPERATION_NORMALIZES | OPERATION_REFINES,
			.settings = layer_norm_settings,
			.shape = layer_norm_shape,
			.weight_shape = layer_norm_weight_shape,
			.power = unit_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "group_norm",
			.flags = OPERATION_NORMALIZES | OPERATION_REFINES,
			.settings = group_norm_settings,
			.shape = group_norm_shape,
			.weight_shape = group_norm_weight_shape,
			.power = unit_power,
			.kept = OPERATION_KEEPS_INPUTS,
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

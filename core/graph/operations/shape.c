/**
 * \file    graph/operations/shape.c
 * \brief   Operations that hand values on, in another shape or joined
 */
#include "graph/operations/families.h"
#include "graph/shapes.h"

#include <inttypes.h>

/* ---- Settings ------------------------------------------------------------------ */

static const struct operation_setting setting_range = {
	.parameter = {
		.name = "range",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 0,
		.maximum = MAX_CHANNELS,
		.summary = "first channel or feature, counted from 0, and the one behind the last",
	},
	.offset = offsetof(struct graph_settings, output),
	.count = 2,
	.numbers = "two numbers (first,end)",
};

static const struct operation_setting setting_groups = {
	.parameter = {
		.name = "groups",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "parts of the channels, which give one channel each in turn",
	},
	.offset = offsetof(struct graph_settings, groups),
};

static const struct operation_setting *const slice_settings[] = {
	&setting_range,
	NULL,
};

static const struct operation_setting *const channel_shuffle_settings[] = {
	&setting_groups,
	NULL,
};

/* ---- Shapes -------------------------------------------------------------------- */

static cnnviz_status flatten_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *in = &shapes[node->inputs[0]];

	(void)graph;
	(void)error;
	for (uint32_t d = 1; d < in->rank; d++) {
		out->extent[0] *= in->extent[d];
	}
	out->rank = 1;
	return CNNVIZ_OK;
}

/** Whether two shapes have the same extents from dimension `first` on */
static bool alike(const struct graph_shape *a, const struct graph_shape *b,
		uint32_t first)
{
	bool same = a->rank == b->rank;

	for (uint32_t d = first; same && d < a->rank; d++) {
		same = a->extent[d] == b->extent[d];
	}
	return same;
}

static cnnviz_status concat_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	for (size_t i = 1; i < node->input_count; i++) {
		const struct graph_shape *in = &shapes[node->inputs[i]];

		if (!alike(in, out, 1)) {
			return shape_refuse_inputs(graph, node, shapes, i, error);
		}
		out->extent[0] += in->extent[0];
		if (!shape_fits(1, out->extent)) {
			break; /* the caller refuses it */
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status slice_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	const int64_t *range = node->settings.output;

	(void)graph;
	(void)shapes;
	if (range[0] >= range[1] || range[1] > out->extent[0]) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"range=%" PRId64 ",%" PRId64 " is no part of its %" PRId64
				" channels",
				range[0], range[1], out->extent[0]);
	}
	out->extent[0] = range[1] - range[0];
	return CNNVIZ_OK;
}

static cnnviz_status shuffle_shape(const struct graph *graph,
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

/* ---- Random weights ------------------------------------------------------------ */

/** The mean over the channels */
static double concat_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	double sum = 0;

	for (size_t i = 0; i < node->input_count; i++) {
		int32_t input = node->inputs[i];

		sum += power[input] * (double)graph->nodes[input].shape.extent[0];
	}
	return sum / (double)node->shape.extent[0];
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation shape_operations[] = {
	{
			.name = "flatten",
			.flags = OPERATION_IDENTITY,
			.shape = flatten_shape,
	},
	{
			.name = "dropout",
			.flags = OPERATION_IDENTITY,
	},
	{
			.name = "concat",
			.flags = OPERATION_REFINES,
			.least_inputs = 2,
			.most_inputs = UINT32_MAX,
			.shape = concat_shape,
			.power = concat_power,
	},
	{
			.name = "slice",
			.settings = slice_settings,
			.shape = slice_shape,
	},
	{
			.name = "channel_shuffle",
			.flags = OPERATION_SPATIAL | OPERATION_REFINES,
			.settings = channel_shuffle_settings,
			.shape = shuffle_shape,
	},
	{ .name = NULL },
};

/**
 * \file    graph/operations/shape.c
 * \brief   Operations that hand values on, in another shape or joined
 */
#include "graph/operations/axis.h"
#include "graph/operations/families.h"
#include "graph/operations/role_rules.h"
#include "graph/shapes.h"

#include <inttypes.h>
#include <string.h>

/* ---- Settings ------------------------------------------------------------------ */

static const struct operation_setting setting_shape = {
	.parameter = {
		.name = "shape",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "extents: channels, height and width, features alone, or others",
	},
	.offset = offsetof(struct graph_settings, shape),
	.count = GRAPH_MAX_RANK,
	.numbers = "one to seven numbers, separated by commas",
	.length_offset = offsetof(struct graph_settings, rank),
};

static const struct operation_setting setting_range = {
	.parameter = {
		.name = "range",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 0,
		.maximum = MAX_CHANNELS,
		.summary = "first channel or feature, counted from 0, and the one behind the "
				"last; 0 for all that follow",
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

static const struct operation_setting setting_step = {
	.parameter = {
		.name = "step",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1",
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "distance of those that are taken",
	},
	.offset = offsetof(struct graph_settings, step),
};

static const struct operation_setting *const reshape_settings[] = {
	&setting_shape,
	NULL,
};

static const struct operation_setting *const concat_settings[] = {
	&setting_axis,
	NULL,
};

static const struct operation_setting *const slice_settings[] = {
	&setting_range,
	&setting_axis,
	&setting_step,
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

static cnnviz_status reshape_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_settings *settings = &node->settings;
	const struct graph_shape *in = &shapes[node->inputs[0]];
	char made[96], text[96];

	(void)graph;
	*out = (struct graph_shape){ .rank = (uint32_t)settings->rank };
	memcpy(out->extent, settings->shape, out->rank * sizeof(*out->extent));
	return shape_fits(out->rank, out->extent) && shape_values(out) == shape_values(in)
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"it makes %s of %s, which has another number of "
					"values; it takes inputs of one size alone",
					shape_text(out, made), shape_text(in, text));
}

/** Whether two shapes have the same extents but for one axis */
static bool alike(const struct graph_shape *a, const struct graph_shape *b, int64_t axis)
{
	bool same = a->rank == b->rank;

	for (uint32_t d = 0; same && d < a->rank; d++) {
		same = d == axis || a->extent[d] == b->extent[d];
	}
	return same;
}

static cnnviz_status concat_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	int64_t axis = node->settings.axis;
	cnnviz_status status = axis_check(node, out, error);

	for (size_t i = 1; i < node->input_count && status == CNNVIZ_OK; i++) {
		const struct graph_shape *in = &shapes[node->inputs[i]];

		if (!alike(in, out, axis)) {
			return shape_refuse_inputs(graph, node, shapes, i, error);
		}
		out->extent[axis] += in->extent[axis];
		if (!shape_fits(1, &out->extent[axis])) {
			break; /* the caller refuses it */
		}
	}
	return status;
}

static cnnviz_status slice_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	static const char *const parts[] = { "channels", "rows", "columns" };
	const size_t part_count = sizeof(parts) / sizeof(*parts);
	const int64_t *range = node->settings.output;
	int64_t axis = node->settings.axis, end;
	cnnviz_status status = axis_check(node, out, error);

	(void)graph;
	(void)shapes;
	if (status != CNNVIZ_OK) {
		return status;
	}
	end = range[1] > 0 ? range[1] : out->extent[axis];
	if (range[0] >= end || end > out->extent[axis]) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"range=%" PRId64 ",%" PRId64 " is no part of its %" PRId64
				" %s",
				range[0], range[1], out->extent[axis],
				(size_t)axis < part_count ? parts[axis] : "values");
	}
	out->extent[axis] = (end - range[0] - 1) / node->settings.step + 1;
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

/** The mean over what is joined */
static double concat_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	int64_t axis = node->settings.axis;
	double sum = 0;

	for (size_t i = 0; i < node->input_count; i++) {
		int32_t input = node->inputs[i];

		sum += power[input] * (double)graph->nodes[input].shape.extent[axis];
	}
	return sum / (double)node->shape.extent[axis];
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation shape_operations[] = {
	{
			.name = "flatten",
			.flags = OPERATION_IDENTITY | OPERATION_KEEPS_SIGN,
			.shape = flatten_shape,
			.roles = roles_lost,
	},
	{
			.name = "reshape",
			.flags = OPERATION_IDENTITY | OPERATION_KEEPS_SIGN,
			.settings = reshape_settings,
			.shape = reshape_shape,
			.roles = roles_reshaped,
	},
	{
			.name = "dropout",
			.flags = OPERATION_IDENTITY | OPERATION_KEEPS_SIGN,
	},
	{
			.name = "concat",
			.flags = OPERATION_REFINES | OPERATION_KEEPS_SIGN,
			.least_inputs = 2,
			.most_inputs = UINT32_MAX,
			.settings = concat_settings,
			.shape = concat_shape,
			.roles = roles_concatenated,
			.power = concat_power,
	},
	{
			.name = "slice",
			.flags = OPERATION_PARTS | OPERATION_KEEPS_SIGN,
			.settings = slice_settings,
			.shape = slice_shape,
			.roles = roles_sliced,
	},
	{
			.name = "channel_shuffle",
			.flags = OPERATION_SPATIAL | OPERATION_REFINES
					| OPERATION_KEEPS_SIGN,
			.settings = channel_shuffle_settings,
			.shape = shuffle_shape,
	},
	{ .name = NULL },
};

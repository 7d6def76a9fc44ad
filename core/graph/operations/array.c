/**
 * \file    graph/operations/array.c
 * \brief   Operations on arrays of any rank, such as rows of tokens
 */
#include "graph/operations/axis.h"
#include "graph/operations/families.h"
#include "graph/operations/role_rules.h"
#include "graph/shapes.h"

#include <inttypes.h>
#include <string.h>

/* ---- Settings ------------------------------------------------------------------ */

/* A weight has at most as many axes. */
#define MAX_WEIGHT_RANK 4

static const struct operation_setting setting_extents = {
	.parameter = {
		.name = "shape",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "extents of its values, which are the weight",
	},
	.offset = offsetof(struct graph_settings, shape),
	.count = MAX_WEIGHT_RANK,
	.numbers = "one to four numbers, separated by commas",
	.length_offset = offsetof(struct graph_settings, rank),
};

static const struct operation_setting setting_order = {
	.parameter = {
		.name = "order",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = GRAPH_MAX_RANK,
		.summary = "for each axis, which one it was, counted from 1",
	},
	.offset = offsetof(struct graph_settings, order),
	.count = GRAPH_MAX_RANK,
	.numbers = "one to seven numbers, separated by commas",
	.length_offset = offsetof(struct graph_settings, rank),
};

static const struct operation_setting setting_window = {
	.parameter = {
		.name = "window",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "height and width of the windows",
	},
	.offset = offsetof(struct graph_settings, kernel),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

static const struct operation_setting setting_shift = {
	.parameter = {
		.name = "shift",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = MAX_WINDOW,
		.summary = "rows and columns by which the map was rolled before it was cut "
				"into windows",
	},
	.offset = offsetof(struct graph_settings, step),
};

static const struct operation_setting setting_map = {
	.parameter = {
		.name = "map",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = MAX_WINDOW,
		.summary = "height and width of the map, for a shift",
	},
	.offset = offsetof(struct graph_settings, output),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

static const struct operation_setting *const relative_bias_settings[] = {
	&setting_window,
	&setting_shift,
	&setting_map,
	NULL,
};

static const struct operation_setting *const parameter_settings[] = {
	&setting_extents,
	NULL,
};

static const struct operation_setting *const permute_settings[] = {
	&setting_order,
	NULL,
};

static const struct operation_setting *const axis_settings[] = {
	&setting_axis,
	NULL,
};

/* ---- Shapes -------------------------------------------------------------------- */

static cnnviz_status parameter_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_settings *settings = &node->settings;

	(void)graph;
	(void)shapes;
	(void)error;
	out->rank = (uint32_t)settings->rank;
	memcpy(out->extent, settings->shape, out->rank * sizeof(*out->extent));
	return CNNVIZ_OK;
}

static cnnviz_status permute_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_settings *settings = &node->settings;
	const struct graph_shape *in = &shapes[node->inputs[0]];
	bool used[GRAPH_MAX_RANK + 1] = { false };
	bool good = settings->rank == in->rank;
	char text[96];

	(void)graph;
	for (uint32_t d = 0; good && d < in->rank; d++) {
		int64_t axis = settings->order[d];

		good = axis <= in->rank && !used[axis];
		used[axis] = true;
		out->extent[d] = good ? in->extent[axis - 1] : 0;
	}
	return good ? CNNVIZ_OK
		    : error_set(error, CNNVIZ_ERROR_INPUT,
				    "order does not name each axis of %s once",
				    shape_text(in, text));
}

static cnnviz_status matmul_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *b = &shapes[node->inputs[1]];
	uint32_t rank = out->rank;
	bool fits = rank == b->rank && rank >= 2
			&& out->extent[rank - 1] == b->extent[rank - 2];

	for (uint32_t d = 0; fits && d < rank - 2; d++) {
		fits = out->extent[d] == b->extent[d] || out->extent[d] == 1
				|| b->extent[d] == 1;
		out->extent[d] = b->extent[d] > out->extent[d] ? b->extent[d]
							       : out->extent[d];
	}
	if (!fits) {
		return shape_refuse_inputs(graph, node, shapes, 1, error);
	}
	out->extent[rank - 1] = b->extent[rank - 1];
	return CNNVIZ_OK;
}

/** Number of windows that a shift makes different; 0 where settings do not fit together */
static int64_t window_count(const struct graph_settings *settings)
{
	const int64_t *window = settings->kernel, *map = settings->output;

	if (settings->step == 0) {
		return 1;
	}
	if (map[0] % window[0] != 0 || map[1] % window[1] != 0
			|| settings->step >= window[0] || settings->step >= window[1]) {
		return 0;
	}
	return map[0] / window[0] * (map[1] / window[1]);
}

static cnnviz_status relative_bias_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_settings *settings = &node->settings;
	const struct graph_shape *in = &shapes[node->inputs[0]];
	int64_t height = settings->kernel[0], width = settings->kernel[1];
	int64_t rows = (2 * height - 1) * (2 * width - 1),
		windows = window_count(settings);
	char text[96];

	(void)graph;
	if (in->rank != 2 || in->extent[0] != rows) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"its table must have %" PRId64
				" rows, one for each distance in a window, but is %s",
				rows, shape_text(in, text));
	}
	if (windows == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a shift needs a map of whole windows, which are larger "
				"than the shift");
	}
	*out = (struct graph_shape){
		.rank = 4,
		.extent = { windows, in->extent[1], height * width, height * width },
	};
	return CNNVIZ_OK;
}

/** Without an axis; the last one that is left becomes 1 */
static cnnviz_status reduced_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	int64_t axis = node->settings.axis;
	cnnviz_status status = axis_check(node, out, error);

	(void)graph;
	(void)shapes;
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (out->rank == 1) {
		out->extent[0] = 1;
		return CNNVIZ_OK;
	}
	for (uint32_t d = (uint32_t)axis; d + 1 < out->rank; d++) {
		out->extent[d] = out->extent[d + 1];
	}
	out->rank--;
	return CNNVIZ_OK;
}

static uint32_t parameter_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	const struct graph_settings *settings = &node->settings;

	(void)in;
	if (role != GRAPH_WEIGHT) {
		return 0;
	}
	memcpy(shape, settings->shape, (size_t)settings->rank * sizeof(*shape));
	return (uint32_t)settings->rank;
}

/* ---- Random weights ------------------------------------------------------------ */

static double parameter_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	(void)node;
	(void)power;
	return 1;
}

/** As if two products made a value, so that its mean square is 1 */
static double parameter_fan_in(const struct graph_node *node, const int64_t shape[4])
{
	(void)node;
	(void)shape;
	return 2;
}

static double matmul_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	const struct graph_shape *a = &graph->nodes[node->inputs[0]].shape;

	return power[node->inputs[0]] * power[node->inputs[1]]
			* (double)a->extent[a->rank - 1];
}

static double norm_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	const struct graph_shape *in = &graph->nodes[node->inputs[0]].shape;

	return power[node->inputs[0]] * (double)in->extent[node->settings.axis];
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation array_operations[] = {
	{
			.name = "parameter",
			.flags = OPERATION_CONSTANT,
			.settings = parameter_settings,
			.shape = parameter_shape,
			.weight_shape = parameter_weight_shape,
			.power = parameter_power,
			.fan_in = parameter_fan_in,
	},
	{
			.name = "permute",
			.flags = OPERATION_REORDERS | OPERATION_KEEPS_SIGN,
			.settings = permute_settings,
			.shape = permute_shape,
			.roles = roles_permuted,
	},
	{
			.name = "matmul",
			.flags = OPERATION_MIXES,
			.least_inputs = 2,
			.most_inputs = 2,
			.shape = matmul_shape,
			.roles = roles_multiplied,
			.power = matmul_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "relative_bias",
			.settings = relative_bias_settings,
			.shape = relative_bias_shape,
			.roles = roles_lost,
	},
	{
			.name = "mean",
			.flags = OPERATION_KEEPS_SIGN,
			.settings = axis_settings,
			.shape = reduced_shape,
			.roles = roles_reduced,
	},
	{
			.name = "amax",
			.flags = OPERATION_MAXIMA | OPERATION_KEEPS_SIGN,
			.settings = axis_settings,
			.shape = reduced_shape,
			.roles = roles_reduced,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "norm",
			.settings = axis_settings,
			.shape = reduced_shape,
			.roles = roles_reduced,
			.power = norm_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{ .name = NULL },
};

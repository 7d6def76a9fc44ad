/**
 * \file    graph/operations/convolution.c
 * \brief   Operations that multiply by a weight: convolutions and linear layers
 */
#include "graph/operations/role_rules.h"
#include "graph/operations/window.h"
#include "graph/shapes.h"

#include <inttypes.h>

/* ---- Settings ------------------------------------------------------------------ */

static const struct operation_setting setting_out = {
	.parameter = {
		.name = "out",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "channels or features of the output",
	},
	.offset = offsetof(struct graph_settings, out),
};

static const struct operation_setting setting_stride = {
	.parameter = {
		.name = "stride",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1",
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "distance of neighboring windows",
	},
	.offset = offsetof(struct graph_settings, stride),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

static const struct operation_setting setting_cut = {
	.parameter = {
		.name = "padding",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = MAX_WINDOW,
		.summary = "rows and columns cut off the output",
	},
	.offset = offsetof(struct graph_settings, padding),
	.count = 4,
	.numbers = "one number, two (vertical,horizontal) or four (top,bottom,left,right)",
};

static const struct operation_setting setting_output_padding = {
	.parameter = {
		.name = "output_padding",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = MAX_WINDOW,
		.summary = "rows and columns kept beyond the last window",
	},
	.offset = offsetof(struct graph_settings, output_padding),
	.count = 2,
	.numbers = "one number or two (vertical,horizontal)",
};

static const struct operation_setting setting_groups = {
	.parameter = {
		.name = "groups",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1",
		.minimum = 1,
		.maximum = MAX_CHANNELS,
		.summary = "parts of the channels, each of which sees its own alone",
	},
	.offset = offsetof(struct graph_settings, groups),
};

static const struct operation_setting setting_bias = {
	.parameter = {
		.name = "bias",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "yes",
		.summary = "whether a number is added to each channel or feature",
	},
	.offset = offsetof(struct graph_settings, bias),
};

static const struct operation_setting *const conv2d_settings[] = {
	&setting_out,
	&setting_kernel,
	&setting_stride,
	&setting_padding,
	&setting_dilation,
	&setting_groups,
	&setting_bias,
	NULL,
};

static const struct operation_setting *const conv_transpose2d_settings[] = {
	&setting_out,
	&setting_kernel,
	&setting_stride,
	&setting_cut,
	&setting_output_padding,
	&setting_dilation,
	&setting_groups,
	&setting_bias,
	NULL,
};

static const struct operation_setting *const linear_settings[] = {
	&setting_out,
	&setting_bias,
	NULL,
};

/* ---- Shapes -------------------------------------------------------------------- */

/** Channels of a convolution's output, if groups divide those of both sides */
static cnnviz_status set_channels(const struct graph_settings *settings,
		struct graph_shape *out, struct error *error)
{
	int64_t channels = out->extent[0];

	if (channels % settings->groups != 0 || settings->out % settings->groups != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"groups=%" PRId64 " does not divide its %" PRId64
				" input and %" PRId64 " output channels",
				settings->groups, channels, settings->out);
	}
	if (!shape_fits(4,
			    (const int64_t[]){ settings->out, channels / settings->groups,
					    settings->kernel[0], settings->kernel[1] })) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "its weight is too large");
	}
	out->extent[0] = settings->out;
	return CNNVIZ_OK;
}

static cnnviz_status conv_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	cnnviz_status status = set_channels(&node->settings, out, error);

	(void)graph;
	return status != CNNVIZ_OK
			? status
			: window_shape(node, &shapes[node->inputs[0]], out, error);
}

/** Extent whose windows, slid by a convolution, would be the input's values */
static cnnviz_status transposed_extent(const struct graph_settings *settings, int d,
		int64_t *extent, struct error *error)
{
	static const char *const directions[2] = { "high", "wide" };
	int64_t stride = settings->stride[d];
	int64_t dilation = settings->dilation[d];
	int64_t kept = settings->output_padding[d];
	int64_t cut = settings->padding[2 * d] + settings->padding[2 * d + 1];
	int64_t whole = (*extent - 1) * stride + dilation * (settings->kernel[d] - 1) + 1
			+ kept;

	if (kept >= stride && kept >= dilation) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"output_padding=%" PRId64
				" must be less than its stride of %" PRId64
				" or its dilation of %" PRId64,
				kept, stride, dilation);
	}
	if (whole - cut < 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"its padding cuts off all of an output %" PRId64
				" %s; a larger input is needed",
				whole, directions[d]);
	}
	*extent = whole - cut;
	return CNNVIZ_OK;
}

static cnnviz_status transposed_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	cnnviz_status status = set_channels(&node->settings, out, error);

	(void)graph;
	(void)shapes;
	for (int d = 0; d < 2 && status == CNNVIZ_OK; d++) {
		status = transposed_extent(&node->settings, d, &out->extent[1 + d],
				error);
	}
	return status;
}

/** Whether a node's values are a feature map's, which no linear layer is meant to take */
static bool is_map(const struct graph *graph, int32_t index)
{
	const struct graph_node *nodes = graph->nodes;

	while (index > 0 && nodes[index].op->shape == NULL
			&& (nodes[index].op->flags & OPERATION_SPATIAL) == 0) {
		index = nodes[index].inputs[0];
	}
	return index == 0 || (nodes[index].op->flags & OPERATION_SPATIAL) != 0;
}

static cnnviz_status linear_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *in = &shapes[node->inputs[0]];
	const struct graph_shape *usual = &graph->nodes[node->inputs[0]].shape;
	uint32_t last = in->rank - 1;
	char text[96];

	if (in->rank == 3 && is_map(graph, node->inputs[0])) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes a row of features, but gets %s; put a flatten "
				"before it",
				shape_text(in, text));
	}
	if (usual->rank == in->rank && usual->extent[last] != in->extent[last]) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes %" PRId64 " features, but gets %" PRId64
				" from an input of %" PRId64 "x%" PRId64
				"; this network wants one of %" PRId64 "x%" PRId64,
				usual->extent[last], in->extent[last],
				shapes[0].extent[1], shapes[0].extent[2],
				graph->input_size[0], graph->input_size[1]);
	}
	if (!shape_fits(2, (const int64_t[]){ node->settings.out, in->extent[last] })) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "its weight is too large");
	}
	out->extent[last] = node->settings.out;
	return CNNVIZ_OK;
}

/* ---- Weights ------------------------------------------------------------------- */

/** The bias of any of these; rank 0 for what is not a bias, or without one */
static uint32_t bias_shape(const struct graph_node *node, enum graph_weight role,
		int64_t shape[4])
{
	shape[0] = node->settings.out;
	return role == GRAPH_BIAS && node->settings.bias ? 1 : 0;
}

static uint32_t conv_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	const struct graph_settings *settings = &node->settings;

	if (role != GRAPH_WEIGHT) {
		return bias_shape(node, role, shape);
	}
	shape[0] = settings->out;
	shape[1] = in->extent[0] / settings->groups;
	shape[2] = settings->kernel[0];
	shape[3] = settings->kernel[1];
	return 4;
}

static uint32_t transposed_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	const struct graph_settings *settings = &node->settings;

	if (role != GRAPH_WEIGHT) {
		return bias_shape(node, role, shape);
	}
	shape[0] = in->extent[0];
	shape[1] = settings->out / settings->groups;
	shape[2] = settings->kernel[0];
	shape[3] = settings->kernel[1];
	return 4;
}

static uint32_t linear_weight_shape(const struct graph_node *node,
		const struct graph_shape *in, enum graph_weight role, int64_t shape[4])
{
	if (role != GRAPH_WEIGHT) {
		return bias_shape(node, role, shape);
	}
	shape[0] = node->settings.out;
	shape[1] = in->extent[in->rank - 1];
	return 2;
}

/* ---- Random weights ------------------------------------------------------------ */

/** Weights of variance 2 / fan-in double the mean square. */
static double doubled_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	return 2 * power[node->inputs[0]];
}

static double conv_fan_in(const struct graph_node *node, const int64_t shape[4])
{
	(void)node;
	return (double)(shape[1] * shape[2] * shape[3]);
}

/** Each output gets products from one in stride * stride of the kernel's places. */
static double transposed_fan_in(const struct graph_node *node, const int64_t shape[4])
{
	const struct graph_settings *settings = &node->settings;

	return (double)(shape[0] / settings->groups * shape[2] * shape[3])
			/ (double)(settings->stride[0] * settings->stride[1]);
}

static double linear_fan_in(const struct graph_node *node, const int64_t shape[4])
{
	(void)node;
	return (double)shape[1];
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation convolution_operations[] = {
	{
			.name = "conv2d",
			.flags = OPERATION_SPATIAL | OPERATION_CONVOLUTION,
			.settings = conv2d_settings,
			.shape = conv_shape,
			.weight_shape = conv_weight_shape,
			.power = doubled_power,
			.fan_in = conv_fan_in,
			.memory = window_memory,
	},
	{
			.name = "conv_transpose2d",
			.flags = OPERATION_SPATIAL | OPERATION_CONVOLUTION
					| OPERATION_TRANSPOSED,
			.settings = conv_transpose2d_settings,
			.shape = transposed_shape,
			.weight_shape = transposed_weight_shape,
			.power = doubled_power,
			.fan_in = transposed_fan_in,
	},
	{
			.name = "linear",
			.flags = OPERATION_LINEAR,
			.settings = linear_settings,
			.shape = linear_shape,
			.roles = roles_linear,
			.weight_shape = linear_weight_shape,
			.power = doubled_power,
			.fan_in = linear_fan_in,
	},
	{ .name = NULL },
};

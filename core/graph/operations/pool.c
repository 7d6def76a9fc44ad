/**
 * \file    graph/operations/pool.c
 * \brief   Pools, and what puts values back where one found them
 */
#include "graph/operations/window.h"
#include "graph/shapes.h"

#include <inttypes.h>
#include <string.h>

/* ---- Settings ------------------------------------------------------------------ */

/** A pool's windows lie side by side unless it is told otherwise. */
static const struct operation_setting setting_stride = {
	.parameter = {
		.name = "stride",
		.type = CNNVIZ_PARAMETER_INT,
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "distance of neighboring windows",
	},
	.offset = offsetof(struct graph_settings, stride),
	.count = 2,
	.numbers = "one number or two (height,width)",
	.like = "kernel",
};

static const struct operation_setting setting_ceil_mode = {
	.parameter = {
		.name = "ceil_mode",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "whether a last window may reach beyond the input",
	},
	.offset = offsetof(struct graph_settings, ceil_mode),
};

static const struct operation_setting setting_count_include_pad = {
	.parameter = {
		.name = "count_include_pad",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "yes",
		.summary = "whether padding counts in the mean",
	},
	.offset = offsetof(struct graph_settings, count_include_pad),
};

static const struct operation_setting setting_output = {
	.parameter = {
		.name = "output",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "extent of the output, whatever the input's",
	},
	.offset = offsetof(struct graph_settings, output),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

static const struct operation_setting setting_pool = {
	.parameter = {
		.name = "pool",
		.type = CNNVIZ_PARAMETER_LAYER,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "the max_pool2d that says where values go, and whose input the "
				"output is as large as",
	},
};

static const struct operation_setting *const max_pool2d_settings[] = {
	&setting_kernel,
	&setting_stride,
	&setting_padding,
	&setting_dilation,
	&setting_ceil_mode,
	NULL,
};

static const struct operation_setting *const max_unpool2d_settings[] = {
	&setting_pool,
	NULL,
};

static const struct operation_setting *const avg_pool2d_settings[] = {
	&setting_kernel,
	&setting_stride,
	&setting_padding,
	&setting_ceil_mode,
	&setting_count_include_pad,
	NULL,
};

static const struct operation_setting *const adaptive_pool2d_settings[] = {
	&setting_output,
	NULL,
};

/* ---- Shapes -------------------------------------------------------------------- */

static cnnviz_status pool_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	const struct graph_settings *settings = &node->settings;
	const struct graph_shape *in = &shapes[node->inputs[0]];
	int64_t padding[4];

	(void)graph;
	graph_resolve_padding(settings, in->extent[1], in->extent[2], padding);
	for (int side = 0; side < 4; side++) {
		int d = side / 2;
		int64_t reach = settings->dilation[d] * (settings->kernel[d] - 1) + 1;

		if (padding[side] >= reach) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its padding of %" PRId64
					" leaves a window of %" PRId64
					" with nothing of the input",
					padding[side], reach);
		}
	}
	return window_shape(node, in, out, error);
}

/** The pool's input again, if what comes in is as large as the pool's output */
static cnnviz_status unpool_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_node *pool = &graph->nodes[node->inputs[1]];
	const struct graph_shape *in = &shapes[node->inputs[0]];
	const struct graph_shape *pooled = &shapes[node->inputs[1]];
	char a[96], b[96];

	if ((pool->op->flags & OPERATION_SWITCHES) == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"pool=%s names a %s, but switches come from a max_pool2d",
				pool->name, pool->op->name);
	}
	if (memcmp(in->extent, pooled->extent, sizeof(in->extent)) != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes what has the shape of %s, %s, but gets %s",
				pool->name, shape_text(pooled, a), shape_text(in, b));
	}
	*out = shapes[pool->inputs[0]];
	return CNNVIZ_OK;
}

static cnnviz_status adaptive_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	(void)graph;
	(void)shapes;
	(void)error;
	out->extent[1] = node->settings.output[0];
	out->extent[2] = node->settings.output[1];
	return CNNVIZ_OK;
}

static cnnviz_status sum_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	(void)graph;
	(void)node;
	(void)shapes;
	(void)error;
	out->extent[1] = 1;
	out->extent[2] = 1;
	return CNNVIZ_OK;
}

/* ---- Random weights ------------------------------------------------------------ */

/** Of values of either sign, as many as there are in a channel */
static double sum_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	const int64_t *in = graph->nodes[node->inputs[0]].shape.extent;

	return power[node->inputs[0]] * (double)(in[1] * in[2]);
}

/** Of an unpooling's output only as many values as came in are not zero. */
static double unpooled_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	const int64_t *in = graph->nodes[node->inputs[0]].shape.extent;
	const int64_t *out = node->shape.extent;
	double share = (double)(in[1] * in[2]) / (double)(out[1] * out[2]);

	return power[node->inputs[0]] * (share < 1 ? share : 1);
}

/* ---- Memory -------------------------------------------------------------------- */

/** An index for each value that comes out of a pool */
static struct operation_memory max_pool_memory(const struct graph_node *node,
		const struct graph_shape *in, const struct graph_shape *out)
{
	struct operation_memory memory = window_memory(node, in, out);

	memory.kept = shape_values(out) * (int64_t)sizeof(int64_t);
	return memory;
}

static struct operation_memory adaptive_max_pool_memory(const struct graph_node *node,
		const struct graph_shape *in, const struct graph_shape *out)
{
	(void)node;
	(void)in;
	return (struct operation_memory){
		.kept = shape_values(out) * (int64_t)sizeof(int64_t),
	};
}

/** An index for each value that goes in, and marks of the places that are taken */
static struct operation_memory unpool_memory(const struct graph_node *node,
		const struct graph_shape *in, const struct graph_shape *out)
{
	(void)node;
	return (struct operation_memory){
		.scratch = out->extent[1] * out->extent[2],
		.kept = shape_values(in) * (int64_t)sizeof(int64_t),
	};
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation pool_operations[] = {
	{
			.name = "max_pool2d",
			.flags = OPERATION_SPATIAL | OPERATION_POOLS | OPERATION_SWITCHES
					| OPERATION_MAXIMA | OPERATION_KEEPS_SIGN,
			.settings = max_pool2d_settings,
			.shape = pool_shape,
			.memory = max_pool_memory,
	},
	{
			.name = "max_unpool2d",
			.flags = OPERATION_SPATIAL | OPERATION_UNPOOLS,
			.settings = max_unpool2d_settings,
			.shape = unpool_shape,
			.power = unpooled_power,
			.memory = unpool_memory,
	},
	{
			.name = "avg_pool2d",
			.flags = OPERATION_SPATIAL | OPERATION_POOLS
					| OPERATION_KEEPS_SIGN,
			.settings = avg_pool2d_settings,
			.shape = pool_shape,
			.memory = window_memory,
	},
	{
			.name = "adaptive_avg_pool2d",
			.flags = OPERATION_SPATIAL | OPERATION_POOLS
					| OPERATION_KEEPS_SIGN,
			.settings = adaptive_pool2d_settings,
			.shape = adaptive_shape,
	},
	{
			.name = "adaptive_max_pool2d",
			.flags = OPERATION_SPATIAL | OPERATION_POOLS | OPERATION_MAXIMA
					| OPERATION_KEEPS_SIGN,
			.settings = adaptive_pool2d_settings,
			.shape = adaptive_shape,
			.memory = adaptive_max_pool_memory,
	},
	{
			.name = "sum",
			.flags = OPERATION_SPATIAL | OPERATION_POOLS
					| OPERATION_KEEPS_SIGN,
			.shape = sum_shape,
			.power = sum_power,
	},
	{ .name = NULL },
};

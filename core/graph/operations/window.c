/**
 * \file    graph/operations/window.c
 * \brief   What convolutions and pools share: settings and shapes of sliding windows
 */
#include "graph/operations/window.h"

#include <inttypes.h>

/* ---- Settings ------------------------------------------------------------------ */

const struct operation_setting setting_kernel = {
	.parameter = {
		.name = "kernel",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "extent of the window",
	},
	.offset = offsetof(struct graph_settings, kernel),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

const struct operation_setting setting_padding = {
	.parameter = {
		.name = "padding",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = MAX_WINDOW,
		.summary = "rows and columns added around the input; same: as many as "
				"TensorFlow's SAME adds",
	},
	.offset = offsetof(struct graph_settings, padding),
	.count = 4,
	.numbers = "one number, two (vertical,horizontal) or four (top,bottom,left,right)",
	.word = "same",
	.word_offset = offsetof(struct graph_settings, padding_same),
};

const struct operation_setting setting_dilation = {
	.parameter = {
		.name = "dilation",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1",
		.minimum = 1,
		.maximum = MAX_WINDOW,
		.summary = "distance of the window's elements in the input",
	},
	.offset = offsetof(struct graph_settings, dilation),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

/* ---- Shapes -------------------------------------------------------------------- */

/** Rounds towards minus infinity; b is positive. */
static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static cnnviz_status window_extent(const struct graph_settings *settings, int d,
		const int64_t padding[4], int64_t *extent, struct error *error)
{
	static const char *const directions[2] = { "high", "wide" };
	int64_t begin = *extent + padding[2 * d];
	int64_t padded = begin + padding[2 * d + 1];
	int64_t reach = settings->dilation[d] * (settings->kernel[d] - 1) + 1;
	int64_t stride = settings->stride[d];
	int64_t more = settings->ceil_mode ? stride - 1 : 0;
	int64_t windows = divide_down(padded - reach + more, stride) + 1;

	/* A last window must begin inside the input or its padding before. */
	if (settings->ceil_mode && (windows - 1) * stride >= begin) {
		windows--;
	}
	if (windows < 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"its kernel is %" PRId64
				" %s, but what it gets only %" PRId64
				" (padding included); a larger input is needed",
				reach, directions[d], padded);
	}
	*extent = windows;
	return CNNVIZ_OK;
}

cnnviz_status window_shape(const struct graph_node *node, const struct graph_shape *in,
		struct graph_shape *out, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	int64_t padding[4];

	graph_resolve_padding(&node->settings, in->extent[1], in->extent[2], padding);
	for (int d = 0; d < 2 && status == CNNVIZ_OK; d++) {
		out->extent[1 + d] = in->extent[1 + d];
		status = window_extent(&node->settings, d, padding, &out->extent[1 + d],
				error);
	}
	return status;
}

/** Whether an engine pads beforehand: ends that differ, or more than half a pool's kernel */
static bool pads_beforehand(const struct graph_node *node, const int64_t p[4])
{
	const int64_t *kernel = node->settings.kernel;

	return p[0] != p[1] || p[2] != p[3]
			|| ((node->op->flags & OPERATION_POOLS) != 0
					&& (p[0] > kernel[0] / 2
							|| p[2] > kernel[1] / 2));
}

struct operation_memory window_memory(const struct graph_node *node,
		const struct graph_shape *in, const struct graph_shape *out)
{
	struct operation_memory memory = { 0, 0 };
	int64_t p[4];

	(void)out;
	graph_resolve_padding(&node->settings, in->extent[1], in->extent[2], p);
	if (pads_beforehand(node, p)) {
		memory.scratch = in->extent[0] * (in->extent[1] + p[0] + p[1])
				* (in->extent[2] + p[2] + p[3]) * (int64_t)sizeof(float);
	}
	return memory;
}

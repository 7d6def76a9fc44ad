/**
 * \file    graph/operations/resample.c
 * \brief   Operations that make a feature map larger, by values of its own or a number
 */
#include "graph/operations/families.h"

#include <inttypes.h>

/* ---- Settings ------------------------------------------------------------------ */

static const char *const borders[] = { "constant", "reflect", "replicate", "circular",
	NULL };
static const char *const kernels[] = { "nearest", "bilinear", NULL };
static const char *const coordinates[] = { "pytorch", "half_pixel", "asymmetric",
	"align_corners", NULL };
static const char *const roundings[] = { "floor", "ceil", "prefer_floor", "prefer_ceil",
	NULL };

static const struct operation_setting setting_padding = {
	.parameter = {
		.name = "padding",
		.type = CNNVIZ_PARAMETER_INT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 0,
		.maximum = MAX_WINDOW,
		.summary = "rows and columns added around the input",
	},
	.offset = offsetof(struct graph_settings, padding),
	.count = 4,
	.numbers = "one number, two (vertical,horizontal) or four (top,bottom,left,right)",
};

static const struct operation_setting setting_border = {
	.parameter = {
		.name = "mode",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "constant",
		.choices = borders,
		.summary = "what is added: a number, the input mirrored at its edge, its "
				"edge repeated, or what lies at the opposite edge",
	},
	.offset = offsetof(struct graph_settings, mode),
};

static const struct operation_setting setting_value = {
	.parameter = {
		.name = "value",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "0",
		.summary = "number of mode=constant",
	},
	.offset = offsetof(struct graph_settings, value),
};

static const struct operation_setting setting_scale = {
	.parameter = {
		.name = "scale",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.minimum = 1e-3,
		.maximum = 1e3,
		.summary = "factor of height and width",
	},
	.offset = offsetof(struct graph_settings, scale),
	.count = 2,
	.numbers = "one number or two (height,width)",
};

static const struct operation_setting setting_like = {
	.parameter = {
		.name = "like",
		.type = CNNVIZ_PARAMETER_LAYER,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "the layer that the output is as high and as wide as",
	},
};

static const struct operation_setting setting_kernel_mode = {
	.parameter = {
		.name = "mode",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "nearest",
		.choices = kernels,
		.summary = "whether a value is that of the nearest place, or blended from "
				"four",
	},
	.offset = offsetof(struct graph_settings, mode),
};

static const struct operation_setting setting_align_corners = {
	.parameter = {
		.name = "align_corners",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "whether corner values lie on corner values, in place of edges "
				"on edges",
	},
	.offset = offsetof(struct graph_settings, align_corners),
};

static const struct operation_setting setting_coordinates = {
	.parameter = {
		.name = "coordinates",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "pytorch",
		.choices = coordinates,
		.summary = "which place of the input a place of the output is",
	},
	.offset = offsetof(struct graph_settings, coordinates),
};

static const struct operation_setting setting_rounding = {
	.parameter = {
		.name = "rounding",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "floor",
		.choices = roundings,
		.summary = "how mode=nearest makes a place a whole number",
	},
	.offset = offsetof(struct graph_settings, rounding),
};

static const struct operation_setting *const pad_settings[] = {
	&setting_padding,
	&setting_border,
	&setting_value,
	NULL,
};

static const struct operation_setting *const upsample_settings[] = {
	&setting_scale,
	&setting_kernel_mode,
	&setting_align_corners,
	&setting_coordinates,
	&setting_rounding,
	NULL,
};

static const struct operation_setting *const interpolate_settings[] = {
	&setting_like,
	&setting_kernel_mode,
	&setting_align_corners,
	NULL,
};

/* ---- Shapes -------------------------------------------------------------------- */

static cnnviz_status pad_shape(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	const struct graph_settings *settings = &node->settings;
	const int64_t *in = shapes[node->inputs[0]].extent;

	(void)graph;
	for (int side = 0; side < 4; side++) {
		int64_t extent = in[1 + side / 2], padding = settings->padding[side];

		if (settings->mode == GRAPH_PAD_REFLECT && padding >= extent) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"it mirrors %" PRId64
					" values, but beside an edge are only %" PRId64
					"; a larger input is needed, or mode=replicate",
					padding, extent - 1);
		}
		if (settings->mode == GRAPH_PAD_CIRCULAR && padding > extent) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"it takes %" PRId64
					" values from the opposite edge, but has only "
					"%" PRId64 "; a larger input is needed",
					padding, extent);
		}
		out->extent[1 + side / 2] += padding;
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_manner(const struct graph_settings *settings,
		struct error *error)
{
	bool nearest = settings->mode == GRAPH_UPSAMPLE_NEAREST;

	if (settings->align_corners && nearest) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"align_corners=yes goes with mode=bilinear");
	}
	if (settings->align_corners
			&& settings->coordinates != GRAPH_COORDINATES_PYTORCH) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"align_corners=yes goes with coordinates=pytorch");
	}
	return settings->rounding != GRAPH_ROUNDING_FLOOR && !nearest ? error_set(error,
			       CNNVIZ_ERROR_INPUT, "rounding goes with mode=nearest")
								      : CNNVIZ_OK;
}

static cnnviz_status upsample_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_settings *settings = &node->settings;

	(void)graph;
	(void)shapes;
	for (int d = 0; d < 2; d++) {
		int64_t extent = out->extent[1 + d];

		out->extent[1 + d] = graph_scaled_extent(settings, d, extent);
		if (out->extent[1 + d] < 1) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its scale of %g leaves nothing of %" PRId64
					"; a larger input is needed",
					settings->scale[d], extent);
		}
	}
	return check_manner(settings, error);
}

static cnnviz_status interpolate_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *like = &shapes[node->inputs[1]];

	if (like->rank != 3) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"like=%s names a layer without height and width",
				graph->nodes[node->inputs[1]].name);
	}
	out->extent[1] = like->extent[1];
	out->extent[2] = like->extent[2];
	return check_manner(&node->settings, error);
}

/* ---- Rows ---------------------------------------------------------------------- */

const struct operation resample_operations[] = {
	{
			.name = "pad",
			.flags = OPERATION_SPATIAL,
			.settings = pad_settings,
			.shape = pad_shape,
	},
	{
			.name = "upsample",
			.flags = OPERATION_SPATIAL,
			.settings = upsample_settings,
			.shape = upsample_shape,
	},
	{
			.name = "interpolate",
			.flags = OPERATION_SPATIAL,
			.settings = interpolate_settings,
			.shape = interpolate_shape,
	},
	{ .name = NULL },
};

/**
 * \file    graph/padding.c
 * \brief   Computes effective padding, extents and places after enlarging, and the
 *                     scale of an attention
 */
#include "graph/graph.h"

#include <math.h>
#include <string.h>

void graph_resolve_padding(const struct graph_settings *settings, int64_t height,
		int64_t width, int64_t padding[4])
{
	const int64_t extents[2] = { height, width };

	if (!settings->padding_same) {
		memcpy(padding, settings->padding, sizeof(settings->padding));
		return;
	}
	for (int d = 0; d < 2; d++) {
		int64_t stride = settings->stride[d];
		int64_t windows = (extents[d] + stride - 1) / stride;
		int64_t total = (windows - 1) * stride
				+ (settings->kernel[d] - 1) * settings->dilation[d] + 1
				- extents[d];

		total = total > 0 ? total : 0;
		padding[2 * d] = total / 2;
		padding[2 * d + 1] = total - total / 2;
	}
}

int64_t graph_scaled_extent(const struct graph_settings *settings, int direction,
		int64_t extent)
{
	return (int64_t)floor((double)extent * settings->scale[direction]);
}

/** The place by the coordinates that were chosen, before it is rounded */
static double find_place(const struct graph_settings *settings, int direction, int64_t in,
		int64_t out, int64_t index)
{
	double scale = settings->scale[direction], at = (double)index;
	bool nearest = settings->mode == GRAPH_UPSAMPLE_NEAREST;
	bool corners = settings->coordinates == GRAPH_COORDINATES_ALIGN_CORNERS
			|| settings->align_corners;
	bool asymmetric = settings->coordinates == GRAPH_COORDINATES_ASYMMETRIC
			|| (settings->coordinates == GRAPH_COORDINATES_PYTORCH
					&& nearest);

	if (corners) {
		return out > 1 ? at * (double)(in - 1) / (double)(out - 1) : 0;
	}
	return asymmetric ? at / scale : (at + 0.5) / scale - 0.5;
}

static double round_place(int64_t rounding, double place)
{
	switch (rounding) {
	case GRAPH_ROUNDING_FLOOR:
		return floor(place);
	case GRAPH_ROUNDING_CEIL:
		return ceil(place);
	case GRAPH_ROUNDING_PREFER_FLOOR:
		return ceil(place - 0.5);
	default:
		return floor(place + 0.5);
	}
}

double graph_place(const struct graph_settings *settings, int direction, int64_t in,
		int64_t out, int64_t index)
{
	double place = find_place(settings, direction, in, out, index);

	if (settings->mode == GRAPH_UPSAMPLE_NEAREST) {
		place = round_place(settings->rounding, place);
	}
	return fmin(fmax(place, 0), (double)(in - 1));
}

double graph_attention_scale(const struct graph_settings *settings, int64_t features)
{
	return settings->factor != 0 ? settings->factor : 1 / sqrt((double)features);
}

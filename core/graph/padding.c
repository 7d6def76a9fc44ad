/**
 * \file    graph/padding.c
 * \brief   Computes effective padding, and extents after enlarging
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

/**
 * \file    optimize/settle.c
 * \brief   Updates an item's image after a step: blur, bounds, clipping, rounding
 */
#include "optimize/settle.h"

#include <math.h>

struct blur settle_blur(const struct loop *loop)
{
	const cnnviz_optimization *settings = loop->settings;
	double along = settings->iterations > 1
			? (double)loop->step / (double)(settings->iterations - 1)
			: 0;
	double deviation = settings->blur_first
			+ (settings->blur_last - settings->blur_first) * along;

	/* Beyond four deviations the weights are negligible. */
	return (struct blur){
		.deviation = deviation,
		.radius = loop_due(loop, settings->blur_every)
				? (int64_t)(4 * deviation + 0.5)
				: 0,
		.edge = BLUR_REPEAT,
	};
}

static bool blur_and_clip(const struct loop *loop, const struct item *item, float *image)
{
	const cnnviz_optimization *settings = loop->settings;
	int64_t area = loop->extents.height * loop->extents.width;

	const struct blur blur = settle_blur(loop);

	if (!blur_planes(&blur, loop->extents.channels, loop->extents.height,
			    loop->extents.width, image)) {
		return false;
	}
	for (int64_t i = 0; loop_due(loop, settings->clip_every) && i < loop->size; i++) {
		if (item->least[i % area]) {
			image[i] = 0.5f;
		}
	}
	return true;
}

/** Limit the change of an image from its start to the bounds. */
static void apply_bounds(const struct loop *loop, const float *start, float *image)
{
	const cnnviz_optimization *settings = loop->settings;
	double square = 0;

	for (int64_t i = 0; i < loop->size; i++) {
		float change = image[i] - start[i], most = (float)settings->bound_linf;

		if (most > 0) {
			change = fminf(fmaxf(change, -most), most);
		}
		image[i] = start[i] + change;
		square += (double)change * change;
	}
	double factor = settings->bound_l2 > 0
					&& square > settings->bound_l2 * settings->bound_l2
			? settings->bound_l2 / sqrt(square)
			: 1;
	for (int64_t i = 0; factor < 1 && i < loop->size; i++) {
		image[i] = (float)(start[i] + factor * (image[i] - start[i]));
	}
}

/**
 * Round to one of 256 levels: to the nearest one, or towards the start if there is one,
 * so that the change stays within its bounds
 */
static float quantize(float value, const float *start)
{
	float level = value * 255;
	float nearest = rintf(level);

	/* A value this close to a level was that level before the normalization. */
	if (start == NULL || fabsf(level - nearest) < 1e-3f) {
		return nearest / 255;
	}
	return (value > *start ? floorf(level) : ceilf(level)) / 255;
}

cnnviz_status item_update_image(struct loop *loop, uint32_t n)
{
	const cnnviz_optimization *settings = loop->settings;
	struct item *item = &loop->items[n];
	bool clipped = settings->clip || settings->quantize
			|| settings->space == CNNVIZ_SPACE_PIXEL;

	space_input(loop->space, item->variable, item->input);
	if (!clipped && item->start == NULL && !loop_due(loop, settings->blur_every)
			&& !loop_due(loop, settings->clip_every)) {
		return CNNVIZ_OK;
	}
	loop_image(loop, n, loop->image);
	if (!blur_and_clip(loop, item, loop->image)) {
		return loop_out_of_memory(loop);
	}
	if (item->start != NULL) {
		apply_bounds(loop, item->start, loop->image);
	}
	for (int64_t i = 0; clipped && i < loop->size; i++) {
		loop->image[i] = fminf(fmaxf(loop->image[i], 0), 1);
		if (settings->quantize) {
			loop->image[i] = quantize(loop->image[i],
					item->start != NULL ? &item->start[i] : NULL);
		}
	}
	space_from_image(loop->space, loop->image, item->variable);
	space_input(loop->space, item->variable, item->input);
	return CNNVIZ_OK;
}

/**
 * \file    optimize/settle.c
 * \brief   What is done to an image after a step of its variable
 */
#include "optimize/state.h"

#include <math.h>

#include "base/blur.h"

/** By how much the image is blurred after the present step */
static struct blur choose_blur(const struct loop *loop)
{
	const cnnviz_optimization *what = loop->what;
	double along = what->iterations > 1
			? (double)loop->step / (double)(what->iterations - 1)
			: 0;
	double deviation = what->blur_first
			+ (what->blur_last - what->blur_first) * along;

	/* Beyond four deviations a weight is no more than rounding. */
	return (struct blur){
		.deviation = deviation,
		.radius = (int64_t)(4 * deviation + 0.5),
		.edge = BLUR_REPEAT,
	};
}

static bool change_image(const struct loop *loop, const struct item *item, float *image)
{
	const cnnviz_optimization *what = loop->what;
	int64_t area = loop->extents.height * loop->extents.width;

	if (loop_due(loop, what->blur_every)) {
		const struct blur blur = choose_blur(loop);

		if (!blur_planes(&blur, loop->extents.channels, loop->extents.height,
				    loop->extents.width, image)) {
			return false;
		}
	}
	for (int64_t i = 0; loop_due(loop, what->clip_every) && i < loop->size; i++) {
		if (item->least[i % area]) {
			image[i] = 0.5f;
		}
	}
	return true;
}

/** Bring an image back to within the bounds on its change from the start. */
static void keep_near(const struct loop *loop, const float *start, float *image)
{
	const cnnviz_optimization *what = loop->what;
	double square = 0;

	for (int64_t i = 0; i < loop->size; i++) {
		float change = image[i] - start[i], most = (float)what->bound_linf;

		if (most > 0) {
			change = fminf(fmaxf(change, -most), most);
		}
		image[i] = start[i] + change;
		square += (double)change * change;
	}
	double factor = what->bound_l2 > 0 && square > what->bound_l2 * what->bound_l2
			? what->bound_l2 / sqrt(square)
			: 1;
	for (int64_t i = 0; factor < 1 && i < loop->size; i++) {
		image[i] = (float)(start[i] + factor * (image[i] - start[i]));
	}
}

/** Rounded to the nearest of 256 levels; towards the start where there is one, so that
 * no bound on the change is broken */
static float quantize(float value, const float *start)
{
	float level = value * 255;
	float nearest = rintf(level);

	/* What was an exact level before it went through the normalization is one. */
	if (start == NULL || fabsf(level - nearest) < 1e-3f) {
		return nearest / 255;
	}
	return (value > *start ? floorf(level) : ceilf(level)) / 255;
}

cnnviz_status item_settle(struct loop *loop, uint32_t n)
{
	const cnnviz_optimization *what = loop->what;
	struct item *item = &loop->items[n];
	bool clipped = what->clip || what->quantize || what->space == CNNVIZ_SPACE_PIXEL;

	space_input(loop->space, item->variable, item->input);
	if (!clipped && item->start == NULL && !loop_due(loop, what->blur_every)
			&& !loop_due(loop, what->clip_every)) {
		return CNNVIZ_OK;
	}
	loop_image(loop, n, loop->image);
	if (!change_image(loop, item, loop->image)) {
		return loop_short(loop);
	}
	if (item->start != NULL) {
		keep_near(loop, item->start, loop->image);
	}
	for (int64_t i = 0; clipped && i < loop->size; i++) {
		loop->image[i] = fminf(fmaxf(loop->image[i], 0), 1);
		if (what->quantize) {
			loop->image[i] = quantize(loop->image[i],
					item->start != NULL ? &item->start[i] : NULL);
		}
	}
	space_from_image(loop->space, loop->image, item->variable);
	space_input(loop->space, item->variable, item->input);
	return CNNVIZ_OK;
}

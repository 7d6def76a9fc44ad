/**
 * \file    optimize/state.c
 * \brief   Allocates the state of an optimization and fills in what it starts from
 */
#include "optimize/state.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimize/own.h"

cnnviz_status loop_out_of_memory(struct loop *loop)
{
	return error_set(loop->error, CNNVIZ_ERROR_MEMORY,
			"not enough memory to optimize %lu pictures of %lldx%lld pixels; "
			"use smaller or fewer ones",
			(unsigned long)loop->settings->count,
			(long long)loop->extents.width, (long long)loop->extents.height);
}

bool all_zero(const float *values, int64_t count)
{
	int64_t i = 0;

	while (i < count && values[i] == 0) {
		i++;
	}
	return i == count;
}

static void fill_color(const struct loop *loop, uint32_t color, float *image)
{
	int64_t area = loop->extents.height * loop->extents.width;
	float rgb[3] = { (float)(color >> 16 & 255) / 255,
		(float)(color >> 8 & 255) / 255, (float)(color & 255) / 255 };

	if (loop->extents.channels == 1) {
		rgb[0] = 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
	}
	for (int64_t i = 0; i < loop->size; i++) {
		image[i] = i / area < 3 ? rgb[i / area] : 1;
	}
}

/** Uniform noise, rounded down to gray levels */
static void fill_uniform(const struct loop *loop, uint32_t item, float *image)
{
	loop->calls->uniform(loop->request->context, item,
			(float)loop->settings->start_low,
			(float)loop->settings->start_high, loop->size, image);
	for (int64_t i = 0; i < loop->size; i++) {
		image[i] = fminf(fmaxf(floorf(image[i]), 0), 255) / 255;
	}
}

static void fill_normal(const struct loop *loop, uint32_t item, float *image)
{
	int64_t area = loop->extents.height * loop->extents.width;

	loop->calls->normal(loop->request->context, item,
			(float)loop->settings->start_low,
			(float)loop->settings->start_high, loop->size, loop->gradient);
	pixels_from_input(&loop->request->scale, area, loop->gradient, image);
}

bool loop_due(const struct loop *loop, uint32_t every)
{
	return every > 0 && (loop->step + 1) % every == 0;
}

void loop_image(const struct loop *loop, uint32_t n, float *image)
{
	pixels_from_input(&loop->request->scale,
			loop->extents.height * loop->extents.width, loop->items[n].input,
			image);
}

/** Fill an item's variable with its start. */
static void fill_start(struct loop *loop, uint32_t n)
{
	const cnnviz_tensor *images = loop->settings->start_images;
	const float *image = loop->image;

	switch (loop->settings->start) {
	case CNNVIZ_START_CONSTANT:
		fill_color(loop, loop->settings->start_color, loop->image);
		break;
	case CNNVIZ_START_IMAGES:
		image = tensor_data(images)
				+ (tensor_shape(images)[0] > 1 ? n : 0) * loop->size;
		break;
	default:
		if (loop->settings->space == CNNVIZ_SPACE_FOURIER) {
			loop->calls->normal(loop->request->context, n, 0, 0.01f,
					space_size(loop->space), loop->items[n].variable);
			return;
		}
		if (loop->settings->start == CNNVIZ_START_NORMAL) {
			fill_normal(loop, n, loop->image);
		} else {
			fill_uniform(loop, n, loop->image);
		}
		break;
	}
	space_from_image(loop->space, image, loop->items[n].variable);
}

static cnnviz_status open_item(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];
	bool bounded = loop->settings->bound_linf > 0 || loop->settings->bound_l2 > 0;

	item->input = tensor_mutable_data(loop->inputs) + n * loop->size;
	item->variable = loop->settings->space == CNNVIZ_SPACE_INPUT
			? item->input
			: malloc((size_t)space_size(loop->space) * sizeof(float));
	if (item->variable == NULL
			|| !optimizer_start(&item->optimizer, loop->settings,
					space_size(loop->space))) {
		return loop_out_of_memory(loop);
	}
	fill_start(loop, n);
	space_input(loop->space, item->variable, item->input);
	if (own_open(loop, n) != CNNVIZ_OK) {
		return CNNVIZ_ERROR_MEMORY;
	}
	if (bounded) {
		item->start = malloc((size_t)loop->size * sizeof(float));
		if (item->start == NULL) {
			return loop_out_of_memory(loop);
		}
		loop_image(loop, n, item->start);
	}
	if (loop->settings->clip_every > 0) {
		item->least = calloc((size_t)(loop->extents.height * loop->extents.width),
				1);
		if (item->least == NULL) {
			return loop_out_of_memory(loop);
		}
	}
	return CNNVIZ_OK;
}

/** Set the gray of views, as input values of the network */
static void set_view_gray(struct loop *loop)
{
	const struct pixel_scale *scale = &loop->request->scale;

	for (int c = 0; c < scale->channels; c++) {
		loop->views.gray[c] = (0.5f - scale->mean[c]) / scale->std[c];
	}
}

cnnviz_status loop_open(struct loop *loop)
{
	const struct loop_request *request = loop->request;
	const cnnviz_optimization *settings = loop->settings;
	size_t rows = (size_t)settings->iterations * settings->count;

	loop->extents = (struct extents){ request->scale.channels, request->height,
		request->width };
	loop->size = request->scale.channels * request->height * request->width;
	loop->rate = settings->learning_rate;
	loop->views = views_create(settings, loop->extents, request->pad_visible);
	set_view_gray(loop);
	loop->tiles = tiles_create(settings->tile,
			(struct extents){ loop->extents.channels, loop->views.height,
					loop->views.width });
	loop->items = memory_new(settings->count, sizeof(*loop->items));
	loop->frozen = memory_new(settings->count, 1);
	loop->values = memory_new(settings->count, sizeof(*loop->values));
	loop->space = space_create(settings->space, settings->decorrelate != 0,
			&request->scale, request->height, request->width);
	loop->inputs = tensor_create(4,
			(const int64_t[]){ settings->count, loop->extents.channels,
					request->height, request->width });
	if (loop->space == NULL || loop->inputs == NULL) {
		return loop_out_of_memory(loop);
	}
	loop->gradient = malloc((size_t)loop->size * sizeof(float));
	loop->image = malloc((size_t)loop->size * sizeof(float));
	loop->slope = malloc((size_t)space_size(loop->space) * sizeof(float));
	loop->history[0] = malloc(rows * sizeof(float));
	loop->history[1] = malloc(rows * sizeof(float));
	if (loop->gradient == NULL || loop->image == NULL || loop->slope == NULL
			|| loop->history[0] == NULL || loop->history[1] == NULL) {
		return loop_out_of_memory(loop);
	}
	for (uint32_t n = 0; n < settings->count; n++) {
		cnnviz_status status = open_item(loop, n);

		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	return CNNVIZ_OK;
}

void loop_close(struct loop *loop)
{
	for (uint32_t n = 0; loop->items != NULL && n < loop->settings->count; n++) {
		struct item *item = &loop->items[n];

		own_close(loop, n);
		optimizer_end(&item->optimizer);
		if (loop->settings->space != CNNVIZ_SPACE_INPUT) {
			free(item->variable);
		}
		free(item->start);
		free(item->least);
	}
	free(loop->items);
	free(loop->frozen);
	free(loop->values);
	space_free(loop->space);
	tensor_unref(loop->inputs);
	free(loop->gradient);
	free(loop->image);
	free(loop->slope);
	free(loop->history[0]);
	free(loop->history[1]);
}

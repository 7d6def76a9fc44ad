/**
 * \file    optimise/loop.c
 * \brief   The loop: start, steps, stopping
 *
 * Items share nothing but the calls of the network, so each has its own random
 * numbers, views, optimiser and checks, and comes out the same in whatever company.
 */
#include "optimise/loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimise/optimiser.h"
#include "optimise/transform.h"

/** So many steps on end without any gradient mean that there will be none */
#define DEAD_STEPS 10

/** One picture on its way */
struct item {
	float *variable;        /* the input itself in SPACE_INPUT */
	float *input;           /* its part of loop.inputs */
	float *start;           /* image, where the change from it is bounded; or NULL */
	uint8_t *least;         /* pixels to be set to grey in this step */
	struct optimiser optimiser;
	struct view view;
	int64_t offset[2];      /* of the tiles */
	double value;           /* of the objective, before the present step */
	double loss;
	double best;
	uint32_t since;         /* steps without progress */
	uint32_t zeros;         /* steps on end without a gradient */
	uint32_t steps;         /* in which it took part */
	bool dead;
};

struct loop {
	const struct loop_request *request;
	const cnnviz_optimisation *what;
	const struct loop_calls *calls;
	struct error *error;
	struct extents extents;
	int64_t size;           /* numbers in an image */
	struct views views;
	struct tiles tiles;     /* of a view */
	struct space *space;
	struct item *items;
	uint8_t *frozen;
	double *values;         /* of all items, for the observer */
	cnnviz_tensor *inputs;  /* (N,C,H,W) */
	float *gradient;        /* of one image */
	float *slope;           /* of one variable */
	float *image;           /* one */
	double rate;
	uint32_t step;          /* under way, from 0 */
	float *history[2];      /* values and losses, a row for each step */
};

static cnnviz_status short_of_memory(struct loop *loop)
{
	return error_set(loop->error, CNNVIZ_ERROR_MEMORY, "memory is too short to optimise "
			"%lu pictures of %lldx%lld; make them smaller or fewer",
			(unsigned long)loop->what->count, (long long)loop->extents.width,
			(long long)loop->extents.height);
}

const char *loop_item_name(const cnnviz_optimisation *optimisation, uint32_t item,
		char *text, size_t size)
{
	if (optimisation->item_names) {
		snprintf(text, size, "\"%s\"", optimisation->item_names[item]);
	} else if (optimisation->count == 1) {
		snprintf(text, size, "the picture");
	} else {
		snprintf(text, size, "picture %lu", (unsigned long)item);
	}
	return text;
}

/* ---- Start ------------------------------------------------------------------------------ */

static void fill_color(const struct loop *loop, uint32_t color, float *image)
{
	int64_t area = loop->extents.height * loop->extents.width;
	float rgb[3] = { (float)(color >> 16 & 255) / 255, (float)(color >> 8 & 255) / 255,
		(float)(color & 255) / 255 };

	if (loop->extents.channels == 1) {
		rgb[0] = 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
	}
	for (int64_t i = 0; i < loop->size; i++) {
		image[i] = rgb[i / area];
	}
}

/** Uniform noise in whole grey levels */
static void fill_uniform(const struct loop *loop, uint32_t item, float *image)
{
	loop->calls->uniform(loop->request->context, item, (float)loop->what->start_low,
			(float)loop->what->start_high, loop->size, image);
	for (int64_t i = 0; i < loop->size; i++) {
		image[i] = fminf(fmaxf(floorf(image[i]), 0), 255) / 255;
	}
}

static void fill_normal(const struct loop *loop, uint32_t item, float *image)
{
	int64_t area = loop->extents.height * loop->extents.width;

	loop->calls->normal(loop->request->context, item, (float)loop->what->start_low,
			(float)loop->what->start_high, loop->size, loop->gradient);
	pixels_from_input(&loop->request->scale, area, loop->gradient, image);
}

/** Fill an item's variable. */
static void start_item(struct loop *loop, uint32_t n)
{
	const cnnviz_tensor *images = loop->what->start_images;
	const float *image = loop->image;

	switch (loop->what->start) {
	case CNNVIZ_START_CONSTANT:
		fill_color(loop, loop->what->start_color, loop->image);
		break;
	case CNNVIZ_START_IMAGES:
		image = tensor_data(images)
				+ (tensor_shape(images)[0] > 1 ? n : 0) * loop->size;
		break;
	default:
		if (loop->what->space == CNNVIZ_SPACE_FOURIER) {
			loop->calls->normal(loop->request->context, n, 0, 0.01f,
					space_size(loop->space), loop->items[n].variable);
			return;
		}
		if (loop->what->start == CNNVIZ_START_NORMAL) {
			fill_normal(loop, n, loop->image);
		} else {
			fill_uniform(loop, n, loop->image);
		}
		break;
	}
	space_from_image(loop->space, image, loop->items[n].variable);
}

/** An item's image, which may lie outside of 0..1 in SPACE_INPUT */
static void get_image(const struct loop *loop, uint32_t n, float *image)
{
	pixels_from_input(&loop->request->scale,
			loop->extents.height * loop->extents.width, loop->items[n].input,
			image);
}

static cnnviz_status open_item(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];
	bool bounded = loop->what->bound_linf > 0 || loop->what->bound_l2 > 0;

	item->input = tensor_mutable_data(loop->inputs) + n * loop->size;
	item->variable = loop->what->space == CNNVIZ_SPACE_INPUT ? item->input
			: malloc((size_t)space_size(loop->space) * sizeof(float));
	if (!item->variable || !optimiser_start(&item->optimiser, loop->what,
			space_size(loop->space))) {
		return short_of_memory(loop);
	}
	start_item(loop, n);
	space_input(loop->space, item->variable, item->input);
	if (bounded) {
		item->start = malloc((size_t)loop->size * sizeof(float));
		if (!item->start) {
			return short_of_memory(loop);
		}
		get_image(loop, n, item->start);
	}
	if (loop->what->clip_every > 0) {
		item->least = calloc((size_t)(loop->extents.height * loop->extents.width), 1);
		if (!item->least) {
			return short_of_memory(loop);
		}
	}
	return CNNVIZ_OK;
}

/** A view's grey, of the network's channels */
static void set_grey(struct loop *loop)
{
	const struct pixel_scale *scale = &loop->request->scale;

	for (int c = 0; c < scale->channels; c++) {
		loop->views.grey[c] = (0.5f - scale->mean[c]) / scale->std[c];
	}
}

static cnnviz_status open_loop(struct loop *loop)
{
	const struct loop_request *request = loop->request;
	const cnnviz_optimisation *what = loop->what;
	size_t rows = (size_t)what->iterations * what->count;

	loop->extents = (struct extents){ request->scale.channels, request->height,
		request->width };
	loop->size = request->scale.channels * request->height * request->width;
	loop->rate = what->learning_rate;
	loop->views = views_of(what, loop->extents);
	if (!request->border_seen) {
		loop->views.height = request->height;
		loop->views.width = request->width;
	}
	set_grey(loop);
	loop->tiles = tiles_of(what->tile, (struct extents){ loop->extents.channels,
			loop->views.height, loop->views.width });
	loop->items = memory_new(what->count, sizeof(*loop->items));
	loop->frozen = memory_new(what->count, 1);
	loop->values = memory_new(what->count, sizeof(*loop->values));
	loop->space = space_create(what->space, what->decorrelate != 0, &request->scale,
			request->height, request->width);
	loop->inputs = tensor_create(4, (const int64_t[]){ what->count,
			loop->extents.channels, request->height, request->width });
	if (!loop->space || !loop->inputs) {
		return short_of_memory(loop);
	}
	loop->gradient = malloc((size_t)loop->size * sizeof(float));
	loop->image = malloc((size_t)loop->size * sizeof(float));
	loop->slope = malloc((size_t)space_size(loop->space) * sizeof(float));
	loop->history[0] = malloc(rows * sizeof(float));
	loop->history[1] = malloc(rows * sizeof(float));
	if (!loop->gradient || !loop->image || !loop->slope || !loop->history[0]
			|| !loop->history[1]) {
		return short_of_memory(loop);
	}
	for (uint32_t n = 0; n < what->count; n++) {
		cnnviz_status status = open_item(loop, n);

		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	return CNNVIZ_OK;
}

static void close_loop(struct loop *loop)
{
	for (uint32_t n = 0; loop->items && n < loop->what->count; n++) {
		struct item *item = &loop->items[n];

		optimiser_end(&item->optimiser);
		if (loop->what->space != CNNVIZ_SPACE_INPUT) {
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

/* ---- Gradients ------------------------------------------------------------------------------ */

/** What draw_uniform sees of an item */
struct draw {
	const struct loop *loop;
	uint32_t item;
};

static void draw(void *context, float low, float high, int64_t count, float *values)
{
	const struct draw *draw = context;

	draw->loop->calls->uniform(draw->loop->request->context, draw->item, low, high,
			count, values);
}

static bool is_tiled(const struct loop *loop)
{
	return loop->tiles.rows * loop->tiles.columns > 1;
}

static void draw_view(struct loop *loop, uint32_t n)
{
	struct draw context = { loop, n };
	struct item *item = &loop->items[n];
	float units[2];

	item->view = view_draw(&loop->views, draw, &context);
	if (is_tiled(loop)) {
		draw(&context, 0, 1, 2, units);
		item->offset[0] = (int64_t)(units[0] * (float)loop->views.height);
		item->offset[1] = (int64_t)(units[1] * (float)loop->views.width);
	}
}

/** Items that are treated together, as the network sees them */
struct group {
	uint32_t count;
	const uint32_t *items;
	double *values;
	cnnviz_tensor *views;           /* (count,C,h,w) */
	cnnviz_tensor *gradients;       /* by the views */
};

/** The objective's values and gradients of one tile of each item of a group */
static cnnviz_status add_tile(struct loop *loop, struct group *group, int64_t row,
		int64_t column)
{
	const struct tiles *tiles = &loop->tiles;
	int64_t view = tensor_count(group->views) / group->count;
	int64_t size = tiles->extents.channels * tiles->height * tiles->width;
	double *values = memory_new(group->count, sizeof(*values));
	cnnviz_tensor *gradient = NULL, *pieces = tensor_create(4, (const int64_t[]){
			group->count, tiles->extents.channels, tiles->height,
			tiles->width });
	cnnviz_status status = pieces ? CNNVIZ_OK : short_of_memory(loop);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < group->count; i++) {
		tile_take(tiles, row, column, loop->items[group->items[i]].offset,
				tensor_data(group->views) + i * view,
				tensor_mutable_data(pieces) + i * size);
	}
	if (status == CNNVIZ_OK) {
		status = loop->calls->gradient(loop->request->context, pieces, group->count,
				group->items, values, &gradient);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && i < group->count; i++) {
		group->values[i] += values[i] / (double)(tiles->rows * tiles->columns);
		tile_give(tiles, row, column, loop->items[group->items[i]].offset,
				tensor_data(gradient) + i * size,
				tensor_mutable_data(group->gradients) + i * view);
	}
	tensor_unref(gradient);
	tensor_unref(pieces);
	free(values);
	return status;
}

static cnnviz_status compute_tiles(struct loop *loop, struct group *group)
{
	cnnviz_status status = CNNVIZ_OK;

	group->gradients = tensor_create(4, tensor_shape(group->views));
	if (!group->gradients) {
		return short_of_memory(loop);
	}
	for (int64_t i = 0; status == CNNVIZ_OK
			&& i < loop->tiles.rows * loop->tiles.columns; i++) {
		status = add_tile(loop, group, i / loop->tiles.columns,
				i % loop->tiles.columns);
	}
	return status;
}

static cnnviz_status compute_group(struct loop *loop, struct group *group)
{
	const struct views *views = &loop->views;
	int64_t size = views->extents.channels * views->height * views->width;

	group->views = tensor_create(4, (const int64_t[]){ group->count,
			views->extents.channels, views->height, views->width });
	if (!group->views) {
		return short_of_memory(loop);
	}
	for (uint32_t i = 0; i < group->count; i++) {
		struct item *item = &loop->items[group->items[i]];

		draw_view(loop, group->items[i]);
		view_apply(views, &item->view, item->input,
				tensor_mutable_data(group->views) + i * size);
	}
	return is_tiled(loop) ? compute_tiles(loop, group)
			: loop->calls->gradient(loop->request->context, group->views,
				group->count, group->items, group->values,
				&group->gradients);
}

/* ---- What goes wrong ---------------------------------------------------------------------------- */

static bool all_finite(const float *values, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(values[i])) {
			return false;
		}
	}
	return true;
}

static bool all_zero(const float *values, int64_t count)
{
	int64_t i = 0;

	while (i < count && values[i] == 0) {
		i++;
	}
	return i == count;
}

static cnnviz_status not_finite(const struct loop *loop, uint32_t n, const char *what)
{
	char name[256];

	return error_set(loop->error, CNNVIZ_ERROR_INPUT, "in step %lu %s of %s is no longer "
			"finite; lower learning_rate%s",
			(unsigned long)loop->step + 1, what,
			loop_item_name(loop->what, n, name, sizeof(name)),
			loop->what->l1 + loop->what->l2 + loop->what->norm
				+ loop->what->variation > 0
				? " or the weights of the regularisers" : "");
}

static bool all_dead(const struct loop *loop)
{
	uint32_t n = 0;

	while (n < loop->what->count && loop->items[n].dead) {
		n++;
	}
	return n == loop->what->count;
}

/** An item has no gradient: wait, leave it or fail. */
static cnnviz_status handle_zero(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];
	char name[256], text[640];

	if (++item->zeros < DEAD_STEPS && loop->step > 0) {
		return CNNVIZ_OK;
	}
	item->dead = true;
	snprintf(text, sizeof(text), "in step %lu the gradient of %s is zero everywhere%s, "
			"so no change makes its objective better; start from other noise "
			"(seed, start_low, start_high) or from a picture, or choose another "
			"layer, filter or class",
			(unsigned long)loop->step + 1,
			loop_item_name(loop->what, n, name, sizeof(name)),
			item->zeros >= DEAD_STEPS ? " for the tenth time on end" : "");
	if (!loop->what->spare_dead || all_dead(loop)) {
		return error_set(loop->error, CNNVIZ_ERROR_INPUT, "%s", text);
	}
	loop->frozen[n] = 1;
	if (loop->calls->warn) {
		loop->calls->warn(loop->request->context, text);
	}
	return CNNVIZ_OK;
}

/* ---- A step of one item ---------------------------------------------------------------------------- */

/** Whether something that is done every so many steps is done after the present one */
static bool is_due(const struct loop *loop, uint32_t every)
{
	return every > 0 && (loop->step + 1) % every == 0;
}

static bool change_image(const struct loop *loop, const struct item *item, float *image)
{
	const cnnviz_optimisation *what = loop->what;
	int64_t area = loop->extents.height * loop->extents.width;

	if (is_due(loop, what->blur_every)) {
		double along = what->iterations > 1 ? (double)loop->step
				/ (double)(what->iterations - 1) : 0;

		if (!blur(loop->extents, what->blur_first
				+ (what->blur_last - what->blur_first) * along, image)) {
			return false;
		}
	}
	for (int64_t i = 0; is_due(loop, what->clip_every) && i < loop->size; i++) {
		if (item->least[i % area]) {
			image[i] = 0.5f;
		}
	}
	return true;
}

/** Bring an image back to within the bounds on its change from the start. */
static void keep_near(const struct loop *loop, const float *start, float *image)
{
	const cnnviz_optimisation *what = loop->what;
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
			? what->bound_l2 / sqrt(square) : 1;
	for (int64_t i = 0; factor < 1 && i < loop->size; i++) {
		image[i] = (float)(start[i] + factor * (image[i] - start[i]));
	}
}

/** Rounded to the nearest of 256 levels; towards the start where there is one, so that
 * no bound on the change is broken */
static float quantise(float value, const float *start)
{
	float level = value * 255;
	float nearest = rintf(level);

	/* What was an exact level before it went through the normalisation is one. */
	if (!start || fabsf(level - nearest) < 1e-3f) {
		return nearest / 255;
	}
	return (value > *start ? floorf(level) : ceilf(level)) / 255;
}

/** What follows a step: operations on the image, bounds, clipping, rounding */
static bool settle(struct loop *loop, uint32_t n)
{
	const cnnviz_optimisation *what = loop->what;
	struct item *item = &loop->items[n];
	bool clipped = what->clip || what->quantise || what->space == CNNVIZ_SPACE_PIXEL;

	space_input(loop->space, item->variable, item->input);
	if (!clipped && !item->start && !is_due(loop, what->blur_every)
			&& !is_due(loop, what->clip_every)) {
		return true;
	}
	get_image(loop, n, loop->image);
	if (!change_image(loop, item, loop->image)) {
		return false;
	}
	if (item->start) {
		keep_near(loop, item->start, loop->image);
	}
	for (int64_t i = 0; clipped && i < loop->size; i++) {
		loop->image[i] = fminf(fmaxf(loop->image[i], 0), 1);
		if (what->quantise) {
			loop->image[i] = quantise(loop->image[i],
					item->start ? &item->start[i] : NULL);
		}
	}
	space_from_image(loop->space, loop->image, item->variable);
	space_input(loop->space, item->variable, item->input);
	return true;
}

/** Negate where the value is to grow: the loss is what is made small. */
static void orient(const struct loop *loop, struct item *item, float *gradient)
{
	item->loss = loop->what->maximise ? -item->value : item->value;
	for (int64_t i = 0; loop->what->maximise && i < loop->size; i++) {
		gradient[i] = -gradient[i];
	}
}

/** From the gradient by an item's view to its next variable */
static cnnviz_status step_item(struct loop *loop, uint32_t n, double value,
		const float *by_view)
{
	struct item *item = &loop->items[n];

	item->value = value;
	item->steps++;
	if (!isfinite(value)) {
		return not_finite(loop, n, "the value");
	}
	view_gradient(&loop->views, &item->view, by_view, loop->gradient);
	if (!all_finite(loop->gradient, loop->size)) {
		return not_finite(loop, n, "the gradient");
	}
	orient(loop, item, loop->gradient);
	if (all_zero(loop->gradient, loop->size)) {
		cnnviz_status status = handle_zero(loop, n);

		if (status != CNNVIZ_OK || loop->frozen[n]) {
			return status;
		}
	} else {
		item->zeros = 0;
	}
	if (is_due(loop, loop->what->clip_every)
			&& !find_least(loop->extents, loop->what->clip_fraction, item->input,
				loop->gradient, item->least)) {
		return short_of_memory(loop);
	}
	item->loss += regularise(loop->what, loop->extents, item->input, loop->gradient);
	space_gradient(loop->space, item->input, loop->gradient, loop->slope);
	optimiser_step(&item->optimiser, loop->rate, item->variable, loop->slope);
	if (!all_finite(item->variable, space_size(loop->space))) {
		return not_finite(loop, n, "a pixel");
	}
	return settle(loop, n) ? CNNVIZ_OK : short_of_memory(loop);
}

static cnnviz_status step_group(struct loop *loop, uint32_t count, const uint32_t *items)
{
	struct group group = {
		.count = count, .items = items,
		.values = memory_new(count, sizeof(*group.values)),
	};
	cnnviz_status status = compute_group(loop, &group);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		const float *data = tensor_data(group.gradients)
				+ i * (tensor_count(group.gradients) / count);

		status = step_item(loop, items[i], group.values[i], data);
	}
	tensor_unref(group.views);
	tensor_unref(group.gradients);
	free(group.values);
	return status;
}

/* ---- Steps ------------------------------------------------------------------------------------------ */

static uint32_t list_active(const struct loop *loop, uint32_t *items)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < loop->what->count; n++) {
		if (!loop->frozen[n]) {
			items[count++] = n;
		}
	}
	return count;
}

/** Freeze items that have not come on for long. */
static void watch_progress(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];
	double better = loop->what->maximise ? item->value - item->best
			: item->best - item->value;

	if (item->steps == 1 || better > loop->what->tolerance * fabs(item->best)) {
		item->best = item->value;
		item->since = 0;
		return;
	}
	if (++item->since >= loop->what->patience && loop->what->patience > 0) {
		loop->frozen[n] = 1;
	}
}

/** Note values and losses; of items that are frozen, the last ones. */
static void note(struct loop *loop)
{
	size_t row = (size_t)loop->step * loop->what->count;

	for (uint32_t n = 0; n < loop->what->count; n++) {
		loop->values[n] = loop->items[n].value;
		loop->history[0][row + n] = (float)loop->items[n].value;
		loop->history[1][row + n] = (float)loop->items[n].loss;
	}
}

/** Items' images (C,H,W), 0..1, for the caller to keep */
static cnnviz_status keep_snapshots(struct loop *loop, uint32_t count,
		const uint32_t *items)
{
	cnnviz_tensor *image = tensor_create(3, (const int64_t[]){ loop->extents.channels,
			loop->extents.height, loop->extents.width });
	cnnviz_status status = image ? CNNVIZ_OK : short_of_memory(loop);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		float *data = tensor_mutable_data(image);

		get_image(loop, items[i], data);
		for (int64_t k = 0; k < loop->size; k++) {
			data[k] = fminf(fmaxf(data[k], 0), 1);
		}
		status = loop->calls->snapshot(loop->request->context, loop->step + 1,
				items[i], image);
	}
	tensor_unref(image);
	return status;
}

/** Let the caller look and keep, after a step of some items. */
static cnnviz_status report(struct loop *loop, uint32_t count, const uint32_t *items)
{
	cnnviz_status status = CNNVIZ_OK;
	double sum = 0;

	note(loop);
	for (uint32_t i = 0; i < count; i++) {
		sum += loop->items[items[i]].loss;
	}
	if (loop->calls->progress) {
		loop->calls->progress(loop->request->context, loop->step + 1,
				sum / count);
	}
	if (loop->calls->snapshot && is_due(loop, loop->what->snapshots)) {
		status = keep_snapshots(loop, count, items);
	}
	if (status == CNNVIZ_OK && loop->calls->observe) {
		status = loop->calls->observe(loop->request->context, loop->step + 1,
				loop->inputs, loop->values, loop->frozen);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		watch_progress(loop, items[i]);
	}
	return status;
}

static cnnviz_status take_step(struct loop *loop, uint32_t count, const uint32_t *items)
{
	const cnnviz_optimisation *what = loop->what;
	cnnviz_status status = CNNVIZ_OK;

	if (what->rate_every > 0 && loop->step % what->rate_every == 0) {
		loop->rate *= what->rate_factor;
	}
	for (uint32_t done = 0; status == CNNVIZ_OK && done < count;) {
		uint32_t part = count - done;

		if (part > loop->request->batch) {
			part = loop->request->batch;
		}
		status = step_group(loop, part, items + done);
		done += part;
	}
	return status == CNNVIZ_OK ? report(loop, count, items) : status;
}

static cnnviz_status run_steps(struct loop *loop)
{
	uint32_t *items = memory_new(loop->what->count, sizeof(*items));
	cnnviz_status status = CNNVIZ_OK;
	uint32_t count = list_active(loop, items);

	while (status == CNNVIZ_OK && count > 0 && loop->step < loop->what->iterations) {
		if (loop->calls->cancelled
				&& loop->calls->cancelled(loop->request->context)) {
			status = error_set(loop->error, CNNVIZ_ERROR_CANCELLED,
					"interrupted");
			break;
		}
		status = take_step(loop, count, items);
		loop->step++;
		count = list_active(loop, items);
	}
	free(items);
	return status;
}

/* ---- Result ------------------------------------------------------------------------------------------- */

static cnnviz_tensor *copy_history(const struct loop *loop, const float *history)
{
	cnnviz_tensor *tensor = tensor_create(2, (const int64_t[]){ loop->step,
			loop->what->count });

	if (tensor) {
		memcpy(tensor_mutable_data(tensor), history,
				(size_t)tensor_count(tensor) * sizeof(float));
	}
	return tensor;
}

static cnnviz_status give_result(struct loop *loop, struct loop_result *result)
{
	struct loop_result made = {
		.steps = loop->step,
		.image = tensor_create(4, tensor_shape(loop->inputs)),
		.values = copy_history(loop, loop->history[0]),
		.losses = copy_history(loop, loop->history[1]),
	};

	if (!made.image || !made.values || !made.losses) {
		loop_result_clear(&made);
		return short_of_memory(loop);
	}
	made.item_steps = memory_new(loop->what->count, sizeof(*made.item_steps));
	for (uint32_t n = 0; n < loop->what->count; n++) {
		float *image = tensor_mutable_data(made.image) + n * loop->size;

		get_image(loop, n, image);
		for (int64_t i = 0; i < loop->size; i++) {
			image[i] = fminf(fmaxf(image[i], 0), 1);
		}
		made.item_steps[n] = loop->items[n].steps;
	}
	made.input = tensor_ref(loop->inputs);
	*result = made;
	return CNNVIZ_OK;
}

void loop_result_clear(struct loop_result *result)
{
	tensor_unref(result->image);
	tensor_unref(result->input);
	tensor_unref(result->values);
	tensor_unref(result->losses);
	free(result->item_steps);
	*result = (struct loop_result){ 0 };
}

cnnviz_status loop_run(const struct loop_request *request,
		struct loop_result *result, struct error *error)
{
	struct loop loop = {
		.request = request, .what = request->optimisation,
		.calls = request->calls, .error = error,
	};
	cnnviz_status status = open_loop(&loop);

	if (status == CNNVIZ_OK) {
		status = run_steps(&loop);
	}
	if (status == CNNVIZ_OK) {
		status = give_result(&loop, result);
	}
	close_loop(&loop);
	return status;
}

/**
 * \file    optimize/transform.c
 * \brief   Random views of an image, and the backward pass through them
 *
 * A view shows a part of a canvas, which is the image with its border. With padding,
 * the canvas continues in gray without limit, and shifts move the image on it; without
 * padding, shifts roll the image, and only what a rotation or downscaling brings in
 * from outside is gray.
 */
#include "optimize/transform.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

struct views views_create(const cnnviz_optimization *optimization, struct extents extents,
		bool pad_visible)
{
	bool scaled = optimization->scale_high > 0;
	int64_t border = pad_visible ? 2 * (int64_t)optimization->pad : 0;

	return (struct views){
		.extents = extents,
		.height = extents.height + border,
		.width = extents.width + border,
		.pad = optimization->pad,
		.jitter = optimization->jitter,
		.jitter_last = optimization->jitter_last,
		.scale_low = scaled ? optimization->scale_low : 1,
		.scale_high = scaled ? optimization->scale_high : 1,
		.rotate = optimization->rotate,
	};
}

/** A random integer in -most..most */
static int64_t random_whole(float unit, int64_t most)
{
	return (int64_t)floor(unit * (double)(2 * most + 1)) - most;
}

struct view view_draw(const struct views *views, draw_uniform uniform, void *context)
{
	float units[6];

	uniform(context, 0, 1, 6, units);
	return (struct view){
		.first = { random_whole(units[0], views->jitter),
				random_whole(units[1], views->jitter) },
		.scale = views->scale_low
				+ (views->scale_high - views->scale_low) * units[2],
		.angle = (2 * units[3] - 1) * views->rotate * PI / 180,
		.last = { random_whole(units[4], views->jitter_last),
				random_whole(units[5], views->jitter_last) },
	};
}

/* ---- Origin of a view's pixels ------------------------------------- */

/**
 * A pixel of a view is the weighted sum of four pixels of the image, or of gray where
 * index is -1
 */
struct taps {
	int64_t index[4];
	float weight[4];
};

/** A view with the values that all its pixels share */
struct frame {
	const struct views *views;
	const struct view *view;
	double cosine;
	double sine;
};

static struct frame frame_create(const struct views *views, const struct view *view)
{
	return (struct frame){ views, view, cos(view->angle), sin(view->angle) };
}

static int64_t wrap(int64_t index, int64_t extent)
{
	index %= extent;
	return index < 0 ? index + extent : index;
}

/** Index in the image of a pixel of the canvas, before the first shift; -1: gray */
static int64_t image_index(const struct views *views, const struct view *view, int64_t y,
		int64_t x)
{
	int64_t height = views->extents.height, width = views->extents.width;

	if (views->pad == 0) {
		if (y < 0 || y >= height || x < 0 || x >= width) {
			return -1;
		}
		y = wrap(y - view->first[0], height);
		x = wrap(x - view->first[1], width);
	} else {
		y -= view->first[0] + views->pad;
		x -= view->first[1] + views->pad;
		if (y < 0 || y >= height || x < 0 || x >= width) {
			return -1;
		}
	}
	return y * width + x;
}

static struct taps find_taps(const struct frame *frame, int64_t y, int64_t x)
{
	const struct views *views = frame->views;
	const struct view *view = frame->view;
	int64_t height = views->extents.height + 2 * views->pad;
	int64_t width = views->extents.width + 2 * views->pad;
	struct taps taps = { .index = { -1, -1, -1, -1 } };

	y += (height - views->height) / 2 - view->last[0];
	x += (width - views->width) / 2 - view->last[1];
	if (views->pad == 0) {
		y = wrap(y, height);
		x = wrap(x, width);
	}
	if (view->scale == 1 && view->angle == 0) {
		taps.index[0] = image_index(views, view, y, x);
		taps.weight[0] = 1;
		return taps;
	}
	double middle[2] = { (double)(height - 1) / 2, (double)(width - 1) / 2 };
	double down = ((double)y - middle[0]) / view->scale;
	double right = ((double)x - middle[1]) / view->scale;
	double top = middle[0] + frame->cosine * down + frame->sine * right;
	double left = middle[1] - frame->sine * down + frame->cosine * right;
	int64_t row = (int64_t)floor(top), column = (int64_t)floor(left);

	for (int i = 0; i < 4; i++) {
		double lower = top - (double)row, inner = left - (double)column;

		taps.index[i] = image_index(views, view, row + i / 2, column + i % 2);
		taps.weight[i] = (float)((i / 2 ? lower : 1 - lower)
				* (i % 2 ? inner : 1 - inner));
	}
	return taps;
}

/* ---- Views ------------------------------------------------------------------ */

static bool is_identity(const struct views *views, const struct view *view)
{
	return views->pad == 0 && view->scale == 1 && view->angle == 0 && !view->first[0]
			&& !view->first[1] && !view->last[0] && !view->last[1];
}

static size_t image_bytes(const struct views *views)
{
	return (size_t)(views->extents.channels * views->extents.height
			       * views->extents.width)
			* sizeof(float);
}

void view_apply(const struct views *views, const struct view *view, const float *image,
		float *view_pixels)
{
	int64_t area = views->extents.height * views->extents.width;
	int64_t view_area = views->height * views->width;
	struct frame frame = frame_create(views, view);

	if (is_identity(views, view)) {
		memcpy(view_pixels, image, image_bytes(views));
		return;
	}
	for (int64_t i = 0; i < view_area; i++) {
		struct taps taps = find_taps(&frame, i / views->width, i % views->width);

		for (int64_t c = 0; c < views->extents.channels; c++) {
			float sum = 0;

			for (int k = 0; k < 4; k++) {
				sum += taps.weight[k]
						* (taps.index[k] < 0 ? views->gray[c]
								     : image[c * area
										     + taps.index[k]]);
			}
			view_pixels[c * view_area + i] = sum;
		}
	}
}

void view_gradient(const struct views *views, const struct view *view,
		const float *by_seen, float *by_image)
{
	int64_t area = views->extents.height * views->extents.width;
	int64_t view_area = views->height * views->width;
	struct frame frame = frame_create(views, view);

	if (is_identity(views, view)) {
		memcpy(by_image, by_seen, image_bytes(views));
		return;
	}
	memset(by_image, 0, image_bytes(views));
	for (int64_t i = 0; i < view_area; i++) {
		struct taps taps = find_taps(&frame, i / views->width, i % views->width);

		for (int k = 0; k < 4; k++) {
			for (int64_t c = 0;
					taps.index[k] >= 0 && c < views->extents.channels;
					c++) {
				by_image[c * area + taps.index[k]] += taps.weight[k]
						* by_seen[c * view_area + i];
			}
		}
	}
}

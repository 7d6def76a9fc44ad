/**
 * \file    optimize/transform.c
 * \brief   Random views of an image, and the way of a gradient back through them
 *
 * A view lies on a canvas: the image with its border. Padded, the canvas goes on
 * without end in gray, and shifts move the image over it; not padded, shifts roll the
 * image, and only what a rotation or a small scale brings in from outside is gray.
 */
#include "optimize/transform.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

struct views views_of(const cnnviz_optimization *optimization, struct extents extents)
{
	bool scaled = optimization->scale_high > 0;

	return (struct views){
		.extents = extents,
		.height = extents.height + 2 * (int64_t)optimization->pad,
		.width = extents.width + 2 * (int64_t)optimization->pad,
		.pad = optimization->pad,
		.jitter = optimization->jitter,
		.jitter_last = optimization->jitter_last,
		.scale_low = scaled ? optimization->scale_low : 1,
		.scale_high = scaled ? optimization->scale_high : 1,
		.rotate = optimization->rotate,
	};
}

/** One of -most..most */
static int64_t whole(float unit, int64_t most)
{
	return (int64_t)floor(unit * (double)(2 * most + 1)) - most;
}

struct view view_draw(const struct views *views, draw_uniform uniform, void *context)
{
	float units[6];

	uniform(context, 0, 1, 6, units);
	return (struct view){
		.first = { whole(units[0], views->jitter),
				whole(units[1], views->jitter) },
		.scale = views->scale_low
				+ (views->scale_high - views->scale_low) * units[2],
		.angle = (2 * units[3] - 1) * views->rotate * PI / 180,
		.last = { whole(units[4], views->jitter_last),
				whole(units[5], views->jitter_last) },
	};
}

/* ---- Where a pixel of a view comes from ------------------------------------- */

/** A pixel of a view is the sum of four of the image, or of gray where place is -1 */
struct taps {
	int64_t place[4];
	float weight[4];
};

/** A view with what is the same for all its pixels */
struct frame {
	const struct views *views;
	const struct view *view;
	double cosine;
	double sine;
};

static struct frame frame_of(const struct views *views, const struct view *view)
{
	return (struct frame){ views, view, cos(view->angle), sin(view->angle) };
}

static int64_t wrap(int64_t place, int64_t extent)
{
	place %= extent;
	return place < 0 ? place + extent : place;
}

/** Place in the image of a pixel of the canvas, before the first shift; -1: gray */
static int64_t find_place(const struct views *views, const struct view *view, int64_t y,
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
	struct taps taps = { .place = { -1, -1, -1, -1 } };

	y += (height - views->height) / 2 - view->last[0];
	x += (width - views->width) / 2 - view->last[1];
	if (views->pad == 0) {
		y = wrap(y, height);
		x = wrap(x, width);
	}
	if (view->scale == 1 && view->angle == 0) {
		taps.place[0] = find_place(views, view, y, x);
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

		taps.place[i] = find_place(views, view, row + i / 2, column + i % 2);
		taps.weight[i] = (float)((i / 2 ? lower : 1 - lower)
				* (i % 2 ? inner : 1 - inner));
	}
	return taps;
}

/* ---- Views ------------------------------------------------------------------ */

static bool is_plain(const struct views *views, const struct view *view)
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
		float *seen)
{
	int64_t area = views->extents.height * views->extents.width;
	int64_t view_area = views->height * views->width;
	struct frame frame = frame_of(views, view);

	if (is_plain(views, view)) {
		memcpy(seen, image, image_bytes(views));
		return;
	}
	for (int64_t i = 0; i < view_area; i++) {
		struct taps taps = find_taps(&frame, i / views->width, i % views->width);

		for (int64_t c = 0; c < views->extents.channels; c++) {
			float sum = 0;

			for (int k = 0; k < 4; k++) {
				sum += taps.weight[k]
						* (taps.place[k] < 0 ? views->gray[c]
								     : image[c * area
										     + taps.place[k]]);
			}
			seen[c * view_area + i] = sum;
		}
	}
}

void view_gradient(const struct views *views, const struct view *view,
		const float *by_seen, float *by_image)
{
	int64_t area = views->extents.height * views->extents.width;
	int64_t view_area = views->height * views->width;
	struct frame frame = frame_of(views, view);

	if (is_plain(views, view)) {
		memcpy(by_image, by_seen, image_bytes(views));
		return;
	}
	memset(by_image, 0, image_bytes(views));
	for (int64_t i = 0; i < view_area; i++) {
		struct taps taps = find_taps(&frame, i / views->width, i % views->width);

		for (int k = 0; k < 4; k++) {
			for (int64_t c = 0;
					taps.place[k] >= 0 && c < views->extents.channels;
					c++) {
				by_image[c * area + taps.place[k]] += taps.weight[k]
						* by_seen[c * view_area + i];
			}
		}
	}
}

/**
 * \file    optimize/transform.h
 * \brief   Random views of an image, and the backward pass through them
 */
#ifndef OPTIMIZE_TRANSFORM_H
#define OPTIMIZE_TRANSFORM_H

#include "optimize/regularize.h"
#include "optimize/space.h"

/** The distribution that views of an image are drawn from */
struct views {
	struct extents extents; /* of the image */
	int64_t height;         /* of a view: the canvas, or its center */
	int64_t width;
	int64_t pad;
	int64_t jitter;
	int64_t jitter_last;
	double scale_low;
	double scale_high;
	double rotate;                  /* degrees */
	float gray[SPACE_CHANNELS_MAX]; /* of the border, by channel */
};

/** One view */
struct view {
	int64_t first[2]; /* shift down and right before scaling and rotating */
	int64_t last[2];  /* and after it */
	double scale;
	/* Radians: the pixel at (down, right) from the center comes from
	 * (cos down + sin right, cos right - sin down). */
	double angle;
};

/** Fills values with count random numbers, low <= v < high */
typedef void (*draw_uniform)(void *context, float low, float high, int64_t count,
		float *values);

/**
 * The views of an optimization for images of these extents, with their border (`pad`) or
 * without it; gray is left 0
 */
struct views views_create(const cnnviz_optimization *optimization, struct extents extents,
		bool pad_visible);

/** Draw a random view. The same random numbers are consumed for all settings. */
struct view view_draw(const struct views *views, draw_uniform uniform, void *context);

/** Compute a view (C,height,width) of an image (C,H,W) */
void view_apply(const struct views *views, const struct view *view, const float *image,
		float *seen);

/**
 * Convert a gradient with respect to the view to one with respect to the image: the
 * exact transpose
 */
void view_gradient(const struct views *views, const struct view *view,
		const float *by_seen, float *by_image);

/* ---- Tiles ------------------------------------------------------------------ */

/** Tiles of one size that cover a picture, which wraps around at its edges */
struct tiles {
	struct extents extents; /* of the picture */
	int64_t height;         /* of a tile, at most the picture's */
	int64_t width;
	int64_t rows;
	int64_t columns;
};

/** Square tiles of this side; 0: a single tile, which is the picture */
struct tiles tiles_create(uint32_t side, struct extents extents);

/** Copy a tile out of the picture after it is rolled by offset (down, right). */
void tile_extract(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *picture, float *tile);

/** Add a tile's gradient to that of the picture, averaged where tiles overlap. */
void tile_add_gradient(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *tile, float *picture);

#endif

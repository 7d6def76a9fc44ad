/**
 * \file    optimize/transform.h
 * \brief   Random views of an image, and the way of a gradient back through them
 */
#ifndef OPTIMIZE_TRANSFORM_H
#define OPTIMIZE_TRANSFORM_H

#include "optimize/regularize.h"

/** What views of an image there can be */
struct views {
	struct extents extents; /* of the image */
	int64_t height;         /* of a view: with the border, or the middle of that */
	int64_t width;
	int64_t pad;
	int64_t jitter;
	int64_t jitter_last;
	double scale_low;
	double scale_high;
	double rotate; /* degrees */
	float gray[3]; /* of the border, for each channel */
};

/** One of them */
struct view {
	int64_t first[2]; /* shift down and right, before */
	int64_t last[2];  /* and after scaling and rotating */
	double scale;
	double angle; /* radians: what is (down, right) from the middle comes
				 * from (cos down + sin right, cos right - sin down) */
};

/** Fills count numbers, low <= v < high */
typedef void (*draw_uniform)(void *context, float low, float high, int64_t count,
		float *values);

/** The views that an optimization wants, of images of some extents; gray stays 0 */
struct views views_of(const cnnviz_optimization *optimization, struct extents extents);

/** Choose a view at random. The same numbers are drawn whatever views there are. */
struct view view_draw(const struct views *views, draw_uniform uniform, void *context);

/** The view of an image: (C,H,W) to (C,height,width) */
void view_apply(const struct views *views, const struct view *view, const float *image,
		float *seen);

/** From a gradient by the view to the gradient by the image: the exact transpose */
void view_gradient(const struct views *views, const struct view *view,
		const float *by_seen, float *by_image);

/* ---- Tiles ------------------------------------------------------------------ */

/** Pieces of one size that cover a picture, which they see as if it were a torus */
struct tiles {
	struct extents extents; /* of the picture */
	int64_t height;         /* of a tile, at most the picture's */
	int64_t width;
	int64_t rows;
	int64_t columns;
};

/** Tiles of a side; 0: a single one, which is the picture */
struct tiles tiles_of(uint32_t side, struct extents extents);

/** Copy a tile of the picture that is rolled by offset (down, right). */
void tile_take(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *picture, float *tile);

/** Add a tile's gradient to that of the picture; where tiles overlap, their mean. */
void tile_give(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *tile, float *picture);

#endif

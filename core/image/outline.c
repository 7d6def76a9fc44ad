/**
 * \file    image/outline.c
 * \brief   Draws the edge of a box over a picture
 */
#include "image/outline.h"

#include <math.h>
#include <string.h>

/** Pixels of a picture for each pixel of an edge's three lines */
#define PICTURE_SIDE 320

/** The first and the last pixel of a box in one direction, within the picture */
static void clip(double start, double extent, int64_t pixels, int64_t range[2])
{
	double last = (double)(pixels - 1);

	range[0] = (int64_t)fmin(fmax(round(start), 0), last);
	range[1] = (int64_t)fmin(fmax(round(start + extent) - 1, (double)range[0]), last);
}

/** Draw a frame, one pixel wide, in a shade of gray; nothing where it has no pixels. */
static void draw_frame(struct image *image, const int64_t x[2], const int64_t y[2],
		int64_t in, unsigned char shade)
{
	int64_t left = x[0] + in, right = x[1] - in, top = y[0] + in, bottom = y[1] - in;

	for (int64_t row = top; row <= bottom && left <= right; row++) {
		bool whole = row == top || row == bottom;
		int64_t step = whole || right == left ? 1 : right - left;

		for (int64_t column = left; column <= right; column += step) {
			memset(image->pixels
							+ (row * image->width + column)
									* image->channels,
					shade, (size_t)image->channels);
		}
	}
}

void image_outline(struct image *image, const double box[4])
{
	int64_t smaller = image->width < image->height ? image->width : image->height;
	int64_t thick = smaller / PICTURE_SIDE + 1;
	int64_t x[2], y[2];

	clip(box[0], box[2], image->width, x);
	clip(box[1], box[3], image->height, y);
	for (int64_t i = 0; i < 3 * thick; i++) {
		draw_frame(image, x, y, i, i / thick == 1 ? 255 : 0);
	}
}

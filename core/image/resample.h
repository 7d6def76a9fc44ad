/**
 * \file    image/resample.h
 * \brief   Resampling of pictures and maps, whole or only a window
 */
#ifndef IMAGE_RESAMPLE_H
#define IMAGE_RESAMPLE_H

#include "image/image.h"

/**
 * \brief   How one direction of a picture is resampled
 *
 * Output sample i (0 <= i < count) lies at origin + (first + i + 1/2) * scale in
 * the source, whose samples lie at 1/2, 3/2, ...
 */
struct axis {
	int64_t source; /* samples of the source */
	double origin;
	double scale; /* source samples for one output sample */
	int64_t first;
	int64_t count;
};

/**
 * \brief   Resample as Pillow does: 8 bits in and out, antialiased
 *
 * \param   filter  One of CNNVIZ_FILTER_*
 * \param   box     x0, y0, x1, y1 of the part of the source to use, or NULL for all of
 *                     it
 */
cnnviz_status image_resize(const struct image *source, int64_t width, int64_t height,
		uint32_t filter, const double box[4], struct image **result,
		struct error *error);

/** Resample float maps (N,C,h,w) as Pillow's mode F: half-pixel centers, antialiased */
cnnviz_status tensor_resize(const cnnviz_tensor *source, int64_t height, int64_t width,
		uint32_t filter, cnnviz_tensor **result, struct error *error);

/** Names in the order of CNNVIZ_FILTER_*: "nearest", "bilinear", "bicubic", "lanczos"; NULL-terminated */
extern const char *const image_filter_names[];

/** Axis that resamples the whole source to count samples */
struct axis axis_whole(int64_t source, int64_t count);

/** Like image_resize(), for any pair of axes; counts are 1..IMAGE_MAX_EXTENT */
cnnviz_status image_resample(const struct image *source, const struct axis *across,
		const struct axis *down, uint32_t filter, struct image **result,
		struct error *error);

/** Like tensor_resize(), for any pair of axes; counts are 1..IMAGE_MAX_EXTENT */
cnnviz_status tensor_resample(const cnnviz_tensor *source, const struct axis *across,
		const struct axis *down, uint32_t filter, cnnviz_tensor **result,
		struct error *error);

#endif

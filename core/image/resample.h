/**
 * \file    image/resample.h
 * \brief   Resampling that computes only a window of the result
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

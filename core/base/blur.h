/**
 * \file    base/blur.h
 * \brief   Gaussian blur
 */
#ifndef BASE_BLUR_H
#define BASE_BLUR_H

#include <stdbool.h>
#include <stdint.h>

/** How a line of samples continues beyond its ends */
enum blur_edge {
	BLUR_REPEAT, /* a b c c c c: the last sample, repeated */
	BLUR_MIRROR, /* a b c c b a: in reverse, beginning with the last sample */
};

struct blur {
	double deviation; /* above 0, in samples */
	int64_t radius;   /* samples farther away have no weight; 0 changes nothing */
	enum blur_edge edge;
};

/**
 * \brief   Blur planes of height x width in place, along rows and then along columns
 *
 * The weights of the samples up to the radius sum to 1. Sums are computed in double
 * precision and rounded to float between the two directions.
 *
 * \param   values      planes * height * width
 *
 * \return  false when out of memory; then nothing is changed
 */
bool blur_planes(const struct blur *blur, int64_t planes, int64_t height, int64_t width,
		float *values);

#endif

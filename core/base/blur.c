/**
 * \file    base/blur.c
 * \brief   Gaussian blur
 */
#include "base/blur.h"

#include <math.h>
#include <stdlib.h>

static int64_t repeated(int64_t place, int64_t count)
{
	return place < 0 ? 0 : place >= count ? count - 1 : place;
}

static int64_t mirrored(int64_t place, int64_t count)
{
	int64_t period = 2 * count;

	place = ((place % period) + period) % period;
	return place < count ? place : period - 1 - place;
}

/** Compute the weights of the samples at distances -radius..radius */
static void fill_weights(const struct blur *blur, double *weights)
{
	double sum = 0;

	for (int64_t k = -blur->radius; k <= blur->radius; k++) {
		double *weight = &weights[k + blur->radius];

		*weight = exp(-0.5 * (double)(k * k)
				/ (blur->deviation * blur->deviation));
		sum += *weight;
	}
	for (int64_t k = 0; k <= 2 * blur->radius; k++) {
		weights[k] /= sum;
	}
}

/** Blur count samples, stride apart; copy is scratch space for count samples */
static void blur_line(const struct blur *blur, const double *weights, int64_t count,
		int64_t stride, float *line, float *copy)
{
	for (int64_t i = 0; i < count; i++) {
		copy[i] = line[i * stride];
	}
	for (int64_t i = 0; i < count; i++) {
		double sum = 0;

		for (int64_t k = -blur->radius; k <= blur->radius; k++) {
			int64_t place = blur->edge == BLUR_MIRROR
					? mirrored(i + k, count)
					: repeated(i + k, count);

			sum += weights[k + blur->radius] * copy[place];
		}
		line[i * stride] = (float)sum;
	}
}

bool blur_planes(const struct blur *blur, int64_t planes, int64_t height, int64_t width,
		float *values)
{
	if (blur->radius == 0) {
		return true;
	}
	double *weights = malloc((size_t)(2 * blur->radius + 1) * sizeof(*weights));
	float *copy = malloc((size_t)(height > width ? height : width) * sizeof(*copy));
	bool enough = weights != NULL && copy != NULL;

	if (enough) {
		fill_weights(blur, weights);
	}
	for (int64_t plane = 0; enough && plane < planes; plane++) {
		float *first = values + plane * height * width;

		for (int64_t y = 0; y < height; y++) {
			blur_line(blur, weights, width, 1, first + y * width, copy);
		}
		for (int64_t x = 0; x < width; x++) {
			blur_line(blur, weights, height, width, first + x, copy);
		}
	}
	free(weights);
	free(copy);
	return enough;
}

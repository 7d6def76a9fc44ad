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

/** Room to blur lines of up to some length in */
struct room {
	double *weights;
	double *line; /* with what lies beyond its ends */
	double *sums;
};

/** Copy count samples, stride apart, with as many beyond each end as have weight. */
static void extend_line(const struct blur *blur, int64_t count, int64_t stride,
		const float *line, double *extended)
{
	for (int64_t i = -blur->radius; i < count + blur->radius; i++) {
		int64_t place = blur->edge == BLUR_MIRROR ? mirrored(i, count)
							  : repeated(i, count);

		*extended++ = line[place * stride];
	}
}

/** Blur count samples, stride apart */
static void blur_line(const struct blur *blur, const struct room *room, int64_t count,
		int64_t stride, float *line)
{
	extend_line(blur, count, stride, line, room->line);
	for (int64_t i = 0; i < count; i++) {
		room->sums[i] = 0;
	}
	/* One weight after the other: sums of many samples at once do not wait for each other. */
	for (int64_t k = 0; k <= 2 * blur->radius; k++) {
		double weight = room->weights[k];

		for (int64_t i = 0; i < count; i++) {
			room->sums[i] += weight * room->line[i + k];
		}
	}
	for (int64_t i = 0; i < count; i++) {
		line[i * stride] = (float)room->sums[i];
	}
}

bool blur_planes(const struct blur *blur, int64_t planes, int64_t height, int64_t width,
		float *values)
{
	if (blur->radius == 0) {
		return true;
	}
	size_t beyond = 2 * (size_t)blur->radius;
	size_t longest = (size_t)(height > width ? height : width);
	const struct room room = {
		.weights = malloc((beyond + 1) * sizeof(double)),
		.line = malloc((longest + beyond) * sizeof(double)),
		.sums = malloc(longest * sizeof(double)),
	};
	bool enough = room.weights != NULL && room.line != NULL && room.sums != NULL;

	if (enough) {
		fill_weights(blur, room.weights);
	}
	for (int64_t plane = 0; enough && plane < planes; plane++) {
		float *first = values + plane * height * width;

		for (int64_t y = 0; y < height; y++) {
			blur_line(blur, &room, width, 1, first + y * width);
		}
		for (int64_t x = 0; x < width; x++) {
			blur_line(blur, &room, height, width, first + x);
		}
	}
	free(room.weights);
	free(room.line);
	free(room.sums);
	return enough;
}

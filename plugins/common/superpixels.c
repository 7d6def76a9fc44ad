/**
 * \file    common/superpixels.c
 * \brief   Parts of a picture of like color and place
 */
#include "common/superpixels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define ROUNDS 10

/** A superpixel's place and color: the mean of its pixels */
struct center {
	double y, x, count;
	double *color; /* channels */
};

struct slic {
	int64_t channels, height, width, area;
	double *image; /* (H,W,C), the colors that are compared */
	double step;   /* between centers of the grid */
	double weight; /* of a squared distance in pixels */
	int64_t count;
	struct center *centers;
	double *colors;    /* (count,C), of the centers */
	double *distances; /* (H,W), to the nearest center */
	int32_t *nearest;  /* (H,W) */
	int32_t *queue;    /* (H,W), while parts are connected */
};

/* ---- Colors ----------------------------------------------------------------------- */

static double linear(double value)
{
	return value > 0.04045 ? pow((value + 0.055) / 1.055, 2.4) : value / 12.92;
}

static double lab_curve(double value)
{
	return value > 216.0 / 24389 ? cbrt(value) : (value * 24389 / 27 + 16) / 116;
}

/** sRGB to CIELAB under D65 */
static void to_lab(double *color)
{
	double r = linear(color[0]), g = linear(color[1]), b = linear(color[2]);
	double x = lab_curve((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.95047);
	double y = lab_curve(0.212671 * r + 0.715160 * g + 0.072169 * b);
	double z = lab_curve((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);

	color[0] = 116 * y - 16;
	color[1] = 500 * (x - y);
	color[2] = 200 * (y - z);
}

static void take_colors(struct slic *slic, const float *image)
{
	int64_t channels = slic->channels;

	for (int64_t i = 0; i < slic->area; i++) {
		double *color = slic->image + i * channels;

		for (int64_t c = 0; c < channels; c++) {
			color[c] = image[c * slic->area + i] * (channels == 3 ? 1 : 100);
		}
		if (channels == 3) {
			to_lab(color);
		}
	}
}

/* ---- k-means ---------------------------------------------------------------------- */

/** Centers in the middles of a grid's cells */
static void place_centers(struct slic *slic, int64_t rows, int64_t columns)
{
	for (int64_t k = 0; k < slic->count; k++) {
		struct center *center = &slic->centers[k];
		double row = (double)(k / columns), column = (double)(k % columns);

		center->y = floor((row + 0.5) * (double)slic->height / (double)rows);
		center->x = floor((column + 0.5) * (double)slic->width / (double)columns);
		center->color = slic->colors + k * slic->channels;

		int64_t i = (int64_t)center->y * slic->width + (int64_t)center->x;

		for (int64_t c = 0; c < slic->channels; c++) {
			center->color[c] = slic->image[i * slic->channels + c];
		}
	}
}

/** Let a center take the pixels that it is nearest to, within two steps */
static void reach(struct slic *slic, int32_t k)
{
	const struct center *center = &slic->centers[k];
	int64_t top = (int64_t)fmax(center->y - 2 * slic->step, 0);
	int64_t left = (int64_t)fmax(center->x - 2 * slic->step, 0);

	for (int64_t y = top; y < slic->height && (double)y <= center->y + 2 * slic->step;
			y++) {
		for (int64_t x = left; x < slic->width
				&& (double)x <= center->x + 2 * slic->step;
				x++) {
			int64_t i = y * slic->width + x;
			double down = (double)y - center->y,
			       right = (double)x - center->x;
			double distance = slic->weight * (down * down + right * right);

			for (int64_t c = 0; c < slic->channels; c++) {
				double other = slic->image[i * slic->channels + c]
						- center->color[c];

				distance += other * other;
			}
			if (distance < slic->distances[i]) {
				slic->distances[i] = distance;
				slic->nearest[i] = k;
			}
		}
	}
}

/** Move each center to the mean of its pixels; one without pixels stays */
static void move_centers(struct slic *slic)
{
	for (int pass = 0; pass < 2; pass++) {
		for (int64_t i = 0; i < slic->area; i++) {
			struct center *center = &slic->centers[slic->nearest[i]];
			double y = (double)(i / slic->width);
			double x = (double)(i % slic->width);

			if (pass == 0) {
				center->count = center->y = center->x = 0;
				for (int64_t c = 0; c < slic->channels; c++) {
					center->color[c] = 0;
				}
				continue;
			}
			/* Running means */
			center->count++;
			center->y += (y - center->y) / center->count;
			center->x += (x - center->x) / center->count;
			for (int64_t c = 0; c < slic->channels; c++) {
				center->color[c] += (slic->image[i * slic->channels + c]
								    - center->color[c])
						/ center->count;
			}
		}
	}
}

/* ---- Connected parts -------------------------------------------------------------- */

/** Collect the pixels connected to the first one of the queue; returns how many */
static int64_t fill(struct slic *slic, int32_t first, int32_t part, int32_t *labels,
		int32_t *neighbor)
{
	int64_t width = slic->width, count = 1;

	slic->queue[0] = first;
	labels[first] = part;
	for (int64_t taken = 0; taken < count; taken++) {
		int64_t i = slic->queue[taken];
		const int64_t next[] = { i % width > 0 ? i - 1 : -1,
			i % width < width - 1 ? i + 1 : -1, i - width,
			i + width < slic->area ? i + width : -1 };

		for (int side = 0; side < 4; side++) {
			int64_t j = next[side];

			if (j < 0) {
				continue;
			}
			if (labels[j] < 0 && slic->nearest[j] == slic->nearest[first]) {
				labels[j] = part;
				slic->queue[count++] = (int32_t)j;
			} else if (labels[j] >= 0 && labels[j] != part) {
				*neighbor = labels[j];
			}
		}
	}
	return count;
}

static int64_t connect(struct slic *slic, int32_t *labels)
{
	double smallest = slic->step * slic->step / 4;
	int32_t parts = 0;

	for (int64_t i = 0; i < slic->area; i++) {
		labels[i] = -1;
	}
	for (int64_t i = 0; i < slic->area; i++) {
		int32_t neighbor = -1;

		if (labels[i] >= 0) {
			continue;
		}
		int64_t count = fill(slic, (int32_t)i, parts, labels, &neighbor);

		if ((double)count >= smallest || neighbor < 0) {
			parts++;
			continue;
		}
		for (int64_t k = 0; k < count; k++) {
			labels[slic->queue[k]] = neighbor;
		}
	}
	return parts;
}

static int64_t run(struct slic *slic, int32_t *labels)
{
	for (int round = 0; round < ROUNDS; round++) {
		for (int64_t i = 0; i < slic->area; i++) {
			slic->distances[i] = DBL_MAX;
		}
		for (int64_t k = 0; k < slic->count; k++) {
			reach(slic, (int32_t)k);
		}
		move_centers(slic);
	}
	return connect(slic, labels);
}

static int64_t at_least_one(double value)
{
	return value < 1 ? 1 : (int64_t)(value + 0.5);
}

int64_t superpixels_find(const float *image, int64_t channels, int64_t height,
		int64_t width, int64_t wanted, double compactness, int32_t *labels)
{
	struct slic slic = { .channels = channels, .height = height, .width = width };
	int64_t parts = 0;

	slic.area = height * width;
	slic.step = sqrt((double)slic.area / (double)wanted);
	slic.weight = compactness * compactness / (slic.step * slic.step);

	int64_t rows = at_least_one((double)height / slic.step);
	int64_t columns = at_least_one((double)width / slic.step);

	slic.count = rows * columns;
	slic.image = calloc((size_t)(slic.area * channels), sizeof(*slic.image));
	slic.centers = calloc((size_t)slic.count, sizeof(*slic.centers));
	slic.colors = calloc((size_t)(slic.count * channels), sizeof(*slic.colors));
	slic.distances = calloc((size_t)slic.area, sizeof(*slic.distances));
	slic.nearest = calloc((size_t)slic.area, sizeof(*slic.nearest));
	slic.queue = calloc((size_t)slic.area, sizeof(*slic.queue));
	if (slic.image != NULL && slic.centers != NULL && slic.colors != NULL
			&& slic.distances != NULL && slic.nearest != NULL
			&& slic.queue != NULL) {
		take_colors(&slic, image);
		place_centers(&slic, rows, columns);
		parts = run(&slic, labels);
	}
	free(slic.image);
	free(slic.centers);
	free(slic.colors);
	free(slic.distances);
	free(slic.nearest);
	free(slic.queue);
	return parts;
}

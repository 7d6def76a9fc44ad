/**
 * \file    evaluate/measure.c
 * \brief   Compares maps with boxes and masks, and with each other
 */
#include "evaluate/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

bool measure_is_zero(const float *plane, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		if (plane[i] > 0) {
			return false;
		}
	}
	return true;
}

/* ---- Boxes --------------------------------------------------------------------- */

/* Distance of a coordinate from an interval */
static double distance_outside(double position, double low, double high)
{
	return position < low ? low - position : position > high ? position - high : 0;
}

double measure_pointing(const float *plane, int64_t width, int64_t height,
		const double box[4], double tolerance)
{
	float highest = 0;
	double hits = 0, points = 0;

	for (int64_t i = 0; i < width * height; i++) {
		highest = plane[i] > highest ? plane[i] : highest;
	}
	for (int64_t i = 0; i < width * height; i++) {
		if (plane[i] < highest) {
			continue;
		}
		double across = distance_outside((double)(i % width) + 0.5, box[0],
				box[2]);
		double down = distance_outside((double)(i / width) + 0.5, box[1], box[3]);
		points++;
		hits += hypot(across, down) <= tolerance;
	}
	return highest > 0 ? hits / points : 0;
}

/* Length of the intersection of two intervals */
static double overlap(double low, double high, double other_low, double other_high)
{
	return fmax(0, fmin(high, other_high) - fmax(low, other_low));
}

void measure_cover_box(const double box[4], int64_t width, int64_t height,
		float *coverage)
{
	for (int64_t y = 0; y < height; y++) {
		double down = overlap((double)y, (double)y + 1, box[1], box[3]);
		for (int64_t x = 0; x < width; x++) {
			coverage[y * width + x] = (float)(down
					* overlap((double)x, (double)x + 1, box[0],
							box[2]));
		}
	}
}

double measure_energy(const float *plane, int64_t width, int64_t height,
		const double box[4])
{
	double inside = 0, all = 0;

	for (int64_t y = 0; y < height; y++) {
		double down = overlap((double)y, (double)y + 1, box[1], box[3]);
		for (int64_t x = 0; x < width; x++) {
			double value = plane[y * width + x];
			all += value;
			inside += value * down
					* overlap((double)x, (double)x + 1, box[0],
							box[2]);
		}
	}
	return all > 0 ? inside / all : 0;
}

/* ---- Masks --------------------------------------------------------------------- */

/* Mean over source samples from low to high of a row with a stride */
static double mean_between(const double *samples, int64_t stride, int64_t count,
		double low, double high)
{
	double sum = 0;
	int64_t last = (int64_t)ceil(high) < count ? (int64_t)ceil(high) : count;

	for (int64_t i = (int64_t)low; i < last; i++) {
		sum += samples[i * stride] * overlap((double)i, (double)i + 1, low, high);
	}
	return sum / (high - low);
}

void measure_cover_mask(const unsigned char *mask, int64_t mask_width,
		int64_t mask_height, int64_t width, int64_t height, float *coverage)
{
	double *row = memory_new((size_t)mask_width, sizeof(*row));
	double *narrow = memory_new((size_t)(width * mask_height), sizeof(*narrow));
	double across = (double)mask_width / (double)width;
	double down = (double)mask_height / (double)height;

	for (int64_t y = 0; y < mask_height; y++) {
		for (int64_t x = 0; x < mask_width; x++) {
			row[x] = mask[y * mask_width + x] != 0;
		}
		for (int64_t x = 0; x < width; x++) {
			narrow[y * width + x] = mean_between(row, 1, mask_width,
					(double)x * across, (double)(x + 1) * across);
		}
	}
	for (int64_t i = 0; i < width * height; i++) {
		coverage[i] = (float)mean_between(narrow + i % width, width, mask_height,
				(double)(i / width) * down,
				(double)(i / width + 1) * down);
	}
	free(narrow);
	free(row);
}

/* ---- Intersection over union --------------------------------------------------- */

double measure_level(int i)
{
	double share = (double)(i + 1) / MEASURE_LEVELS;

	return share * share;
}

struct pixel {
	float value;
	int64_t position;
};

static int compare_falling(const void *left, const void *right)
{
	const struct pixel *a = left, *b = right;

	if (a->value != b->value) {
		return a->value > b->value ? -1 : 1;
	}
	return a->position < b->position ? -1 : a->position > b->position;
}

static struct pixel *sort_pixels(const float *values, int64_t count)
{
	struct pixel *pixels = memory_new((size_t)count, sizeof(*pixels));

	for (int64_t i = 0; i < count; i++) {
		pixels[i] = (struct pixel){ values[i], i };
	}
	qsort(pixels, (size_t)count, sizeof(*pixels), compare_falling);
	return pixels;
}

void measure_iou(const float *plane, const float *coverage, int64_t count,
		struct measure_iou *iou)
{
	struct pixel *pixels = sort_pixels(plane, count);
	double highest = pixels[0].value, whole = 0, shared = 0;
	int level = MEASURE_LEVELS;

	*iou = (struct measure_iou){ 0 };
	for (int64_t i = 0; i < count; i++) {
		whole += coverage[i];
	}
	for (int64_t i = 0; i < count && pixels[i].value > 0; i++) {
		shared += coverage[pixels[i].position];
		if (i + 1 < count && pixels[i + 1].value == pixels[i].value) {
			continue;
		}
		double next = i + 1 < count ? pixels[i + 1].value : 0;
		double now = shared / ((double)(i + 1) + whole - shared);
		if (now > iou->best) {
			iou->best = now;
			iou->threshold = pixels[i].value / highest;
		}
		/* Every level above the next value selects the same pixels. */
		for (; level > 0 && measure_level(level - 1) * highest > next; level--) {
			iou->levels[level - 1] = now;
		}
	}
	free(pixels);
}

/* ---- Curves -------------------------------------------------------------------- */

double measure_area_under(const double *values, size_t count)
{
	double sum = (values[0] + values[count - 1]) / 2;

	for (size_t i = 1; i + 1 < count; i++) {
		sum += values[i];
	}
	return sum / (double)(count - 1);
}

/* ---- Ranks --------------------------------------------------------------------- */

/* Ranks minus their mean; equal values share a rank */
static double *centered_ranks(const float *values, int64_t count)
{
	struct pixel *pixels = sort_pixels(values, count);
	double *ranks = memory_new((size_t)count, sizeof(*ranks));

	for (int64_t first = 0; first < count;) {
		int64_t end = first + 1;
		while (end < count && pixels[end].value == pixels[first].value) {
			end++;
		}
		for (int64_t i = first; i < end; i++) {
			ranks[pixels[i].position] = (double)(first + end - count) / 2;
		}
		first = end;
	}
	free(pixels);
	return ranks;
}

double measure_spearman(const float *a, const float *b, int64_t count)
{
	double *left = centered_ranks(a, count);
	double *right = centered_ranks(b, count);
	double product = 0, left_square = 0, right_square = 0;

	for (int64_t i = 0; i < count; i++) {
		product += left[i] * right[i];
		left_square += left[i] * left[i];
		right_square += right[i] * right[i];
	}
	free(right);
	free(left);
	return left_square > 0 && right_square > 0
			? product / sqrt(left_square * right_square)
			: 0;
}

/* ---- Structural similarity ----------------------------------------------------- */

#define WINDOW 11
#define WINDOW_DEVIATION 1.5

/* Gaussian weights that sum to 1 */
static void fill_window(double *weights, int64_t size)
{
	double sum = 0;

	for (int64_t i = 0; i < size; i++) {
		double away = (double)(i - size / 2);
		weights[i] = exp(-away * away
				/ (2 * WINDOW_DEVIATION * WINDOW_DEVIATION));
		sum += weights[i];
	}
	for (int64_t i = 0; i < size; i++) {
		weights[i] /= sum;
	}
}

/* Moments of the two pictures under a window */
struct moments {
	double a, b, aa, bb, ab;
};

static void add_moments(struct moments *sum, double weight, const struct moments *part)
{
	sum->a += weight * part->a;
	sum->b += weight * part->b;
	sum->aa += weight * part->aa;
	sum->bb += weight * part->bb;
	sum->ab += weight * part->ab;
}

static double window_similarity(const struct moments *mean)
{
	const double first = 0.01 * 255 * 0.01 * 255, second = 0.03 * 255 * 0.03 * 255;
	double a_variance = mean->aa - mean->a * mean->a;
	double b_variance = mean->bb - mean->b * mean->b;
	double covariance = mean->ab - mean->a * mean->b;

	return (2 * mean->a * mean->b + first) * (2 * covariance + second)
			/ ((mean->a * mean->a + mean->b * mean->b + first)
					* (a_variance + b_variance + second));
}

/* Moments under windows that are one row high */
static void smooth_row(const unsigned char *a, const unsigned char *b,
		const double *weights, int64_t size, int64_t places, struct moments *row)
{
	for (int64_t x = 0; x < places; x++) {
		row[x] = (struct moments){ 0 };
		for (int64_t i = 0; i < size; i++) {
			double left = a[x + i], right = b[x + i];
			const struct moments point = {
				left,
				right,
				left * left,
				right * right,
				left * right,
			};
			add_moments(&row[x], weights[i], &point);
		}
	}
}

double measure_ssim(const unsigned char *a, const unsigned char *b, int64_t width,
		int64_t height)
{
	int64_t least = width < height ? width : height;
	int64_t size = least >= WINDOW ? WINDOW : least - (least % 2 == 0);
	int64_t across = width - size + 1, down = height - size + 1;
	struct moments *rows = memory_new((size_t)(across * height), sizeof(*rows));
	double weights[WINDOW];
	double sum = 0;

	fill_window(weights, size);
	for (int64_t y = 0; y < height; y++) {
		smooth_row(a + y * width, b + y * width, weights, size, across,
				rows + y * across);
	}
	for (int64_t i = 0; i < across * down; i++) {
		struct moments mean = { 0 };
		for (int64_t k = 0; k < size; k++) {
			add_moments(&mean, weights[k], &rows[i + k * across]);
		}
		sum += window_similarity(&mean);
	}
	free(rows);
	return sum / (double)(across * down);
}

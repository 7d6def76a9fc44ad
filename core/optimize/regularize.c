/**
 * \file    optimize/regularize.c
 * \brief   Penalties on an input, and the search for unimportant pixels
 */
#include "optimize/regularize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Penalties -------------------------------------------------------------- */

/** l1 |x| + l2 x^2 + norm |x|^a, and its derivative */
static double penalty(const cnnviz_optimization *optimization, double x, double *slope)
{
	double size = fabs(x), sign = (x > 0) - (x < 0);
	double loss = optimization->l1 * size + optimization->l2 * x * x;

	*slope = optimization->l1 * sign + 2 * optimization->l2 * x;
	if (optimization->norm > 0) {
		double exponent = optimization->norm_exponent;

		loss += optimization->norm * pow(size, exponent);
		*slope += optimization->norm * exponent * pow(size, exponent - 1) * sign;
	}
	return loss;
}

/** Total variation of one channel: Mahendran, Vedaldi 2014, section 2.2 */
static double variation(double weight, double exponent, int64_t height, int64_t width,
		const float *x, float *gradient)
{
	double loss = 0;

	for (int64_t i = 0; i < height * width; i++) {
		bool inner = i % width < width - 1, upper = i / width < height - 1;
		double across = inner ? (double)x[i + 1] - x[i] : 0;
		double down = upper ? (double)x[i + width] - x[i] : 0;
		double square = across * across + down * down;

		/* For exponents below 2 the slope has no limit at 0; constant areas are
		 * to stay constant. */
		if (square == 0) {
			continue;
		}
		double factor = weight * exponent * pow(square, exponent / 2 - 1);

		loss += weight * pow(square, exponent / 2);
		gradient[i] = (float)(gradient[i] - factor * (across + down));
		if (inner) {
			gradient[i + 1] = (float)(gradient[i + 1] + factor * across);
		}
		if (upper) {
			gradient[i + width] = (float)(gradient[i + width]
					+ factor * down);
		}
	}
	return loss;
}

double regularize(const cnnviz_optimization *optimization, struct extents extents,
		const float *input, float *gradient)
{
	int64_t area = extents.height * extents.width;
	double loss = 0;

	if (optimization->l1 > 0 || optimization->l2 > 0 || optimization->norm > 0) {
		for (int64_t i = 0; i < extents.channels * area; i++) {
			double slope;

			loss += penalty(optimization, input[i], &slope);
			gradient[i] = (float)(gradient[i] + slope);
		}
	}
	for (int64_t c = 0; c < extents.channels && optimization->variation > 0; c++) {
		loss += variation(optimization->variation,
				optimization->variation_exponent, extents.height,
				extents.width, input + c * area, gradient + c * area);
	}
	return loss;
}

/* ---- Least important pixels ----------------------------------------------- */

struct ranked {
	double weight;
	int64_t index;
};

static int compare(const void *first, const void *second)
{
	const struct ranked *a = first, *b = second;

	if (a->weight != b->weight) {
		return a->weight < b->weight ? -1 : 1;
	}
	return (a->index > b->index) - (a->index < b->index);
}

bool find_least_important(struct extents extents, double fraction, const float *input,
		const float *gradient, uint8_t *least)
{
	int64_t area = extents.height * extents.width;
	struct ranked *ranks = calloc((size_t)area, sizeof(*ranks));

	if (ranks == NULL) {
		return false;
	}
	for (int64_t i = 0; i < area; i++) {
		double sum = 0;

		for (int64_t c = 0; c < extents.channels; c++) {
			sum += (double)input[c * area + i] * gradient[c * area + i];
		}
		ranks[i] = (struct ranked){ fabs(sum), i };
	}
	qsort(ranks, (size_t)area, sizeof(*ranks), compare);
	memset(least, 0, (size_t)area);
	for (int64_t i = 0; i < (int64_t)(fraction * (double)area); i++) {
		least[ranks[i].index] = 1;
	}
	free(ranks);
	return true;
}

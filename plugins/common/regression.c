/**
 * \file    common/regression.c
 * \brief   Linear models of scores: weighted least squares
 */
#include "common/regression.h"

#include <math.h>

#define MOST_SWEEPS 100000
#define SMALL_CHANGE 1e-10

/** The lower factor L of A = L L' */
static bool factor(double *matrix, int64_t size)
{
	for (int64_t i = 0; i < size; i++) {
		double *row = matrix + i * size;

		for (int64_t j = 0; j <= i; j++) {
			const double *other = matrix + j * size;
			double rest = row[j], before = rest;

			for (int64_t k = 0; k < j; k++) {
				rest -= row[k] * other[k];
			}
			if (j < i) {
				row[j] = rest / other[j];
			} else if (rest > 1e-13 * before) {
				row[j] = sqrt(rest);
			} else {
				return false;
			}
		}
	}
	return true;
}

bool regression_solve(double *matrix, int64_t size, double *vectors, int64_t count)
{
	if (!factor(matrix, size)) {
		return false;
	}
	for (int64_t n = 0; n < count; n++) {
		double *v = vectors + n * size;

		for (int64_t i = 0; i < size; i++) {
			for (int64_t j = 0; j < i; j++) {
				v[i] -= matrix[i * size + j] * v[j];
			}
			v[i] /= matrix[i * size + i];
		}
		for (int64_t i = size - 1; i >= 0; i--) {
			for (int64_t j = i + 1; j < size; j++) {
				v[i] -= matrix[j * size + i] * v[j];
			}
			v[i] /= matrix[i * size + i];
		}
	}
	return true;
}

/**
 * \brief   sum w x x' and sum w x y of what is left of x and y without their means
 *
 * The mean of a product less the product of the means: exact enough for masks, which are
 * of the size of 1.
 *
 * \return  The sum of the weights.
 */
static double collect(const struct regression *regression, double *matrix, double *vector,
		double *means)
{
	int64_t size = regression->size;
	double total = 0, mean = 0;

	for (int64_t i = 0; i < size; i++) {
		vector[i] = means[i] = 0;
		for (int64_t j = 0; j <= i; j++) {
			matrix[i * size + j] = 0;
		}
	}
	for (int64_t k = 0; k < regression->count; k++) {
		const float *x = regression->x + k * size;
		double weight = regression->weights[k], y = regression->y[k];

		total += weight;
		mean += weight * y;
		for (int64_t i = 0; i < size; i++) {
			double scaled = weight * x[i];

			vector[i] += scaled * y;
			means[i] += scaled;
			for (int64_t j = 0; j <= i && scaled != 0; j++) {
				matrix[i * size + j] += scaled * x[j];
			}
		}
	}
	for (int64_t i = 0; i < size; i++) {
		vector[i] -= means[i] * mean / total;
		for (int64_t j = 0; j <= i; j++) {
			matrix[i * size + j] -= means[i] * means[j] / total;
		}
	}
	return total;
}

bool regression_ridge(const struct regression *regression, double alpha, double *room,
		double *coefficients)
{
	int64_t size = regression->size;

	(void)collect(regression, room, coefficients, room + size * size);
	for (int64_t i = 0; i < size; i++) {
		room[i * size + i] += alpha;
	}
	return regression_solve(room, size, coefficients, 1);
}

/** Move toward 0 by the threshold, and no further */
static double shrink(double value, double threshold)
{
	return value > threshold ? value - threshold
				 : (value < -threshold ? value + threshold : 0);
}

/** Minimize over each coefficient in turn; returns the largest change and value */
static void sweep(const double *matrix, const double *vector, int64_t size,
		double threshold, double *coefficients, double *change, double *largest)
{
	*change = *largest = 0;
	for (int64_t i = 0; i < size; i++) {
		double own = matrix[i * size + i], rest = vector[i],
		       before = coefficients[i];

		for (int64_t j = 0; j < size; j++) {
			double product = j < i ? matrix[i * size + j]
					       : matrix[j * size + i];

			rest -= j == i ? 0 : product * coefficients[j];
		}
		coefficients[i] = own > 0 ? shrink(rest, threshold) / own : 0;
		*change = fmax(*change, fabs(coefficients[i] - before));
		*largest = fmax(*largest, fabs(coefficients[i]));
	}
}

void regression_lasso(const struct regression *regression, double alpha, double *room,
		double *coefficients)
{
	int64_t size = regression->size;
	double *vector = room + size * size, change = 1, largest = 1;
	double total = collect(regression, room, vector, coefficients);

	for (int64_t i = 0; i < size; i++) {
		coefficients[i] = 0;
	}
	for (int n = 0; n < MOST_SWEEPS && change > SMALL_CHANGE * largest; n++) {
		sweep(room, vector, size, alpha * total, coefficients, &change, &largest);
	}
}

/**
 * \file    common/component.c
 * \brief   The first principal component of feature maps
 */
#include "common/component.h"

#include <math.h>
#include <stdlib.h>

/* Power iterations: until a step changes the vector by no more than this, and how often */
#define SETTLED 1e-12
#define STEPS_MAX 20000

static double dot(const double *a, const double *b, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += a[i] * b[i];
	}
	return sum;
}

/** Scale to length 1; returns the length before. */
static double normalize(double *vector, int64_t count)
{
	double length = sqrt(dot(vector, vector, count));

	for (int64_t i = 0; i < count && length > 0; i++) {
		vector[i] /= length;
	}
	return length;
}

double component_eigenvector(const double *matrix, int64_t size, double *vector,
		double *scratch)
{
	int64_t longest = 0;
	double value = 0, change = 1;

	/* The column of the largest diagonal has a part in the direction sought. */
	for (int64_t i = 1; i < size; i++) {
		longest = matrix[i * size + i] > matrix[longest * size + longest]
				? i
				: longest;
	}
	for (int64_t i = 0; i < size; i++) {
		vector[i] = matrix[i * size + longest];
	}
	if (normalize(vector, size) == 0) {
		return 0;
	}
	for (int step = 0; step < STEPS_MAX && change > SETTLED; step++) {
		for (int64_t i = 0; i < size; i++) {
			scratch[i] = dot(matrix + i * size, vector, size);
		}
		double sign = dot(scratch, vector, size) < 0 ? -1 : 1;

		value = sign * normalize(scratch, size);
		change = 0;
		for (int64_t i = 0; i < size; i++) {
			change = fmax(change, fabs(sign * scratch[i] - vector[i]));
			vector[i] = sign * scratch[i];
		}
	}
	return value;
}

/** X in double precision, a row for each channel, centered if that is wanted */
static double *copy_rows(const float *X, int64_t channels, int64_t positions,
		bool centered)
{
	double *rows = malloc((size_t)(channels * positions) * sizeof(*rows));

	for (int64_t k = 0; rows != NULL && k < channels; k++) {
		double mean = 0;

		for (int64_t ij = 0; ij < positions && centered; ij++) {
			mean += X[k * positions + ij] / (double)positions;
		}
		for (int64_t ij = 0; ij < positions; ij++) {
			rows[k * positions + ij] = X[k * positions + ij] - mean;
		}
	}
	return rows;
}

/** rows rows^T (channels), or rows^T rows (positions) where that is smaller */
static void fill_gram(const double *rows, int64_t channels, int64_t positions,
		bool by_channel, double *gram)
{
	int64_t size = by_channel ? channels : positions;

	for (int64_t k = 0; k < channels && !by_channel; k++) {
		const double *row = rows + k * positions;

		for (int64_t i = 0; i < size; i++) {
			for (int64_t j = 0; j <= i; j++) {
				gram[i * size + j] += row[i] * row[j];
			}
		}
	}
	for (int64_t i = 0; i < size; i++) {
		for (int64_t j = 0; j <= i; j++) {
			if (by_channel) {
				gram[i * size + j] = dot(rows + i * positions,
						rows + j * positions, positions);
			}
			gram[j * size + i] = gram[i * size + j];
		}
	}
}

/** The sign that a projection has by its agreement with the sum over the channels */
static double sign_of(const double *rows, int64_t channels, int64_t positions,
		const double *projection)
{
	double agreement = 0;

	for (int64_t k = 0; k < channels; k++) {
		agreement += dot(rows + k * positions, projection, positions);
	}
	return agreement < 0 ? -1 : 1;
}

/** The projection of every position, from the eigenvector of either Gram matrix */
static void project(const double *rows, int64_t channels, int64_t positions,
		bool by_channel, double value, const double *vector, double *projection)
{
	for (int64_t ij = 0; ij < positions; ij++) {
		projection[ij] = by_channel ? 0 : sqrt(value) * vector[ij];
	}
	for (int64_t k = 0; k < channels && by_channel; k++) {
		for (int64_t ij = 0; ij < positions; ij++) {
			projection[ij] += vector[k] * rows[k * positions + ij];
		}
	}
}

bool component_project(const float *X, int64_t channels, int64_t positions, bool centered,
		float *component)
{
	bool by_channel = channels < positions;
	size_t size = (size_t)(by_channel ? channels : positions);
	double *rows = copy_rows(X, channels, positions, centered);
	double *gram = calloc(size * size, sizeof(*gram));
	double *vector = calloc(2 * size + (size_t)positions, sizeof(*vector));
	bool enough = rows != NULL && gram != NULL && vector != NULL;

	if (enough) {
		double *projection = vector + 2 * size;

		fill_gram(rows, channels, positions, by_channel, gram);
		double value = component_eigenvector(gram, (int64_t)size, vector,
				vector + size);
		project(rows, channels, positions, by_channel, value, vector, projection);
		double sign = sign_of(rows, channels, positions, projection);

		for (int64_t ij = 0; ij < positions; ij++) {
			component[ij] = (float)(sign * projection[ij]);
		}
	}
	free(vector);
	free(gram);
	free(rows);
	return enough;
}

/**
 * \file    common/principal.c
 * \brief   The first principal components of features at many positions
 */
#include "common/principal.h"

#include <math.h>
#include <stdlib.h>

#include "common/component.h"

bool principal_begin(struct principal *principal, int64_t channels)
{
	size_t count = (size_t)channels;

	*principal = (struct principal){
		.channels = channels,
		.means = calloc(count, sizeof(double)),
		.products = calloc(count * count, sizeof(double)),
		.vectors = calloc((PRINCIPAL_COUNT + 1) * count, sizeof(double)),
	};
	if (principal->means == NULL || principal->products == NULL
			|| principal->vectors == NULL) {
		principal_end(principal);
		return false;
	}
	return true;
}

void principal_end(struct principal *principal)
{
	free(principal->means);
	free(principal->products);
	free(principal->vectors);
	*principal = (struct principal){ 0 };
}

/** The row of the vectors that is none of the components */
static double *scratch_of(const struct principal *principal)
{
	return principal->vectors + PRINCIPAL_COUNT * principal->channels;
}

void principal_add(struct principal *principal, const float *features, int64_t items,
		int64_t positions)
{
	int64_t channels = principal->channels;
	double *x = scratch_of(principal);

	for (int64_t p = 0; p < items * positions; p++) {
		const float *first = features + p / positions * channels * positions
				+ p % positions;

		for (int64_t c = 0; c < channels; c++) {
			double *row = principal->products + c * channels;

			x[c] = (double)first[c * positions];
			principal->means[c] += x[c];
			for (int64_t d = 0; d <= c; d++) {
				row[d] += x[c] * x[d];
			}
		}
	}
	principal->count += (double)(items * positions);
}

/** Make the sums means, and the products the covariance. */
static void center(struct principal *principal)
{
	int64_t channels = principal->channels;
	double count = fmax(principal->count, 1);

	for (int64_t c = 0; c < channels; c++) {
		principal->means[c] /= count;
		for (int64_t d = 0; d <= c; d++) {
			double value = principal->products[c * channels + d] / count
					- principal->means[c] * principal->means[d];

			principal->products[c * channels + d] = value;
			principal->products[d * channels + c] = value;
		}
		principal->variance += principal->products[c * channels + c];
	}
}

static void set_sign(double *vector, int64_t count)
{
	int64_t largest = 0;
	double sign;

	for (int64_t c = 1; c < count; c++) {
		largest = fabs(vector[c]) > fabs(vector[largest]) ? c : largest;
	}
	sign = vector[largest] < 0 ? -1 : 1;
	for (int64_t c = 0; c < count; c++) {
		vector[c] *= sign;
	}
}

/** Each component is the first one of what those before it leave. */
void principal_finish(struct principal *principal)
{
	int64_t channels = principal->channels;

	center(principal);
	for (int64_t k = 0; k < PRINCIPAL_COUNT; k++) {
		double *vector = principal->vectors + k * channels;
		double value = component_eigenvector(principal->products, channels,
				vector, scratch_of(principal));

		principal->deviations[k] = sqrt(fmax(value, 0));
		set_sign(vector, channels);
		for (int64_t i = 0; i < channels * channels; i++) {
			principal->products[i] -= value * vector[i / channels]
					* vector[i % channels];
		}
	}
}

void principal_project(const struct principal *principal, const float *features,
		int64_t positions, float *projections)
{
	for (int64_t i = 0; i < PRINCIPAL_COUNT * positions; i++) {
		const double *vector = principal->vectors
				+ i / positions * principal->channels;
		double sum = 0;

		for (int64_t c = 0; c < principal->channels; c++) {
			double value = (double)features[c * positions + i % positions];

			sum += vector[c] * (value - principal->means[c]);
		}
		projections[i] = (float)sum;
	}
}

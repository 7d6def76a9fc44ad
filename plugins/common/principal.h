/**
 * \file    common/principal.h
 * \brief   The first principal components of features at many positions
 *
 * Compiled into each plugin that uses it.
 */
#ifndef COMMON_PRINCIPAL_H
#define COMMON_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

/** How many components are found */
#define PRINCIPAL_COUNT 3

/** Sums over positions, and the components once they are found */
struct principal {
	int64_t channels;
	double count;     /* of positions */
	double *means;    /* of channels; before principal_finish() their sums */
	double *products; /* of pairs of channels; then the covariance that is left */
	double *vectors;  /* a row of channels for each component, and one to work in */
	double variance;  /* of all channels together */
	double deviations[PRINCIPAL_COUNT]; /* along the components */
};

/** False if there is not enough memory; then there is nothing to end. */
bool principal_begin(struct principal *principal, int64_t channels);

/**
 * \brief   Add the positions of items (C,h,w), one after the other
 *
 * So it makes no difference how items are put together.
 */
void principal_add(struct principal *principal, const float *features, int64_t items,
		int64_t positions);

/**
 * \brief   Find the components
 *
 * A vector has no sign of its own: it gets the one in which its entry of the largest
 * magnitude, the first of equal ones, is above 0.
 */
void principal_finish(struct principal *principal);

/**
 * \brief   Components of the positions of (C,h,w), less their means
 *
 * \param   projections Receives PRINCIPAL_COUNT rows of positions
 */
void principal_project(const struct principal *principal, const float *features,
		int64_t positions, float *projections);

void principal_end(struct principal *principal);

#endif

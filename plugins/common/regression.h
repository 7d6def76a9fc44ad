/**
 * \file    common/regression.h
 * \brief   Linear models of scores: weighted least squares
 */
#ifndef PLUGINS_COMMON_REGRESSION_H
#define PLUGINS_COMMON_REGRESSION_H

#include <stdbool.h>
#include <stdint.h>

/** What a linear model v x + c is fitted to; borrowed */
struct regression {
	/** Samples, and the numbers of each */
	int64_t count, size;
	/** (count,size) */
	const float *x;
	/** count values and weights, which are not negative */
	const double *y, *weights;
};

/**
 * \brief   Solve A v = b in place, for a symmetric positive definite A (Cholesky)
 *
 * \param   matrix      (size,size), of which the lower half is read; receives its factor
 * \param   vectors     (count,size): each b; receives each v
 *
 * \return  Whether A is positive definite.
 */
bool regression_solve(double *matrix, int64_t size, double *vectors, int64_t count);

/**
 * \brief   Minimize sum w (y - c - v x)^2 + alpha |v|^2
 *
 * \param   room            Room for size * (size + 1) numbers
 * \param   coefficients    Receives v
 *
 * \return  Whether there is one minimum.
 */
bool regression_ridge(const struct regression *regression, double alpha, double *room,
		double *coefficients);

/**
 * \brief   Minimize sum w (y - c - v x)^2 / (2 sum w) + alpha |v|_1
 *
 * By coordinate descent, until no coefficient changes by more than 1e-10 of the largest.
 * Arguments as of regression_ridge().
 */
void regression_lasso(const struct regression *regression, double alpha, double *room,
		double *coefficients);

#endif

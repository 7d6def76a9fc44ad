/**
 * \file    common/component.h
 * \brief   The first principal component of feature maps
 *
 * Compiled into each plugin that uses it.
 */
#ifndef COMMON_COMPONENT_H
#define COMMON_COMPONENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * \brief   Project each position's channels on the direction of their largest variance
 *
 * The projections on the first right singular vector of the matrix that has a row for
 * each position and a column for each channel. A component has no sign of its own: it
 * gets that in which it agrees with the sum over the channels.
 *
 * \param   X           channels * positions values
 * \param   centered    Whether each channel's mean is taken away first
 * \param   component   Receives positions values: zeros where nothing varies
 *
 * \return  Whether there was memory for it.
 */
bool component_project(const float *X, int64_t channels, int64_t positions, bool centered,
		float *component);

/**
 * \brief   The eigenvalue of a symmetric matrix that is largest in magnitude
 *
 * \param   matrix      size * size values
 * \param   vector      Receives size values, of length 1; 0 for a matrix of zeros
 * \param   scratch     Room for size values
 *
 * \return  The eigenvalue.
 */
double component_eigenvector(const double *matrix, int64_t size, double *vector,
		double *scratch);

#endif

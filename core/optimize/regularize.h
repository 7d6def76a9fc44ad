/**
 * \file    optimize/regularize.h
 * \brief   Penalties on an input, and the search for unimportant pixels
 */
#ifndef OPTIMIZE_REGULARIZE_H
#define OPTIMIZE_REGULARIZE_H

#include <cnnviz/optimize.h>

/** Size of one picture */
struct extents {
	int64_t channels;
	int64_t height;
	int64_t width;
};

/**
 * \brief   Sum of the penalties on one input
 *
 * l1, l2, norm and variation of a cnnviz_optimization; their gradient with respect to
 * the input is added to gradient.
 */
double regularize(const cnnviz_optimization *optimization, struct extents extents,
		const float *input, float *gradient);

/**
 * \brief   Find the least important pixels
 *
 * Importance is |sum over channels of input * gradient|; ties are resolved in row-major
 * order.
 *
 * \param   fraction    Share of all pixels, 0..1; their number is rounded down
 * \param   least       H * W flags, 1 for the pixels found
 *
 * \return  false when out of memory
 */
bool find_least_important(struct extents extents, double fraction, const float *input,
		const float *gradient, uint8_t *least);

#endif

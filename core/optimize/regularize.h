/**
 * \file    optimize/regularize.h
 * \brief   Penalties on an input, and what is done to it every so many steps
 */
#ifndef OPTIMIZE_REGULARIZE_H
#define OPTIMIZE_REGULARIZE_H

#include <cnnviz/optimize.h>

/** Extents of one picture */
struct extents {
	int64_t channels;
	int64_t height;
	int64_t width;
};

/**
 * \brief   Sum of the penalties on one input
 *
 * l1, l2, norm and variation of a cnnviz_optimization; their gradient by the input is
 * added to gradient.
 */
double regularize(const cnnviz_optimization *optimization, struct extents extents,
		const float *input, float *gradient);

/**
 * \brief   Find the pixels that matter least
 *
 * By |sum over channels of input * gradient|; of equal ones those further up and left.
 *
 * \param   fraction    0..1, of all pixels; rounded down
 * \param   least       H * W flags
 *
 * \return  Whether there was memory.
 */
bool find_least(struct extents extents, double fraction, const float *input,
		const float *gradient, uint8_t *least);

#endif

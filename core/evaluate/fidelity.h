/**
 * \file    evaluate/fidelity.h
 * \brief   Whether a map tells what becomes of the logit when parts of the picture go
 */
#ifndef EVALUATE_FIDELITY_H
#define EVALUATE_FIDELITY_H

#include "evaluate/map_case.h"

/**
 * \brief   Average drop and increase in confidence (Chattopadhay et al. 2018, Grad-CAM++,
 *                     arXiv 1710.11063, section 4.1)
 *
 * The picture's input is multiplied by the map, scaled from its minimum and maximum to 0
 * and 1; a constant map is 0. With the probability Y of the target before that and O
 * after, the drop is max(0, Y - O) / Y, and there is an increase if O > Y.
 */
extern const struct probe fidelity_masked;

/** A map scaled from its minimum and maximum to 0 and 1, by which the input is multiplied */
void fidelity_scale(const float *plane, int64_t count, float *scaled);

/** The input times the scaled map */
void fidelity_mask(const struct map_case *map, float *picture);

/**
 * \brief   Infidelity (Yeh et al. 2019, arXiv 1901.09392, definition 2.1 and section 2.2)
 *
 * Mean square of b * <I, map> - (f(x) - f(x - I)) over squares whose pixels I takes to 0,
 * a quarter as high and wide as the shorter side; f is the logit, and b the scale of the
 * map with which the mean is the least (their appendix; captum's `normalize`).
 */
extern const struct probe fidelity_infidelity;

/**
 * \brief   muFidelity (Bhatt, Weller, Moura 2020, arXiv 2005.00631, definition 3)
 *
 * Rank correlation of the sum of a map over a random subset of pixels with the fall of
 * the logit when they become 0. As in xplique, subsets are of the 81 cells of a grid, each
 * taken with a probability of 0.2.
 */
extern const struct probe fidelity_mu;

#endif

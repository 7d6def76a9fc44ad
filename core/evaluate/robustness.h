/**
 * \file    evaluate/robustness.h
 * \brief   How maps change with the picture: sensitivity, and the coherency of ADCC
 */
#ifndef EVALUATE_ROBUSTNESS_H
#define EVALUATE_ROBUSTNESS_H

#include "evaluate/map_case.h"

/**
 * \brief   Maximal sensitivity (Yeh et al. 2019, arXiv 1901.09392, definition 3.1 and
 *                     equation 9, by samples as captum has it)
 *
 * The largest L2 distance of the map of a picture whose values are changed by up to
 * sensitivity_radius each, at random, as a share of the map's own length.
 */
extern const struct rerun robustness_sensitivity;

/**
 * \brief   Coherency (Poppi, Cornia, Baraldi, Cucchiara 2021, arXiv 2104.10252, section 3.1)
 *
 * Pearson's correlation of a map with that of the picture multiplied by it, from -1 and 1
 * to 0 and 1.
 */
extern const struct rerun robustness_coherency;

/**
 * \brief   ADCC (there, section 3.2), and its complexity, the mean of the scaled map
 *
 * The harmonic mean of 1 - average drop, coherency and 1 - complexity; there is none where
 * the first two have not been measured.
 */
criterion_look robustness_adcc;

#endif

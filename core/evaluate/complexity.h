/**
 * \file    evaluate/complexity.h
 * \brief   How few pixels a map is made of
 */
#ifndef EVALUATE_COMPLEXITY_H
#define EVALUATE_COMPLEXITY_H

#include "evaluate/map_case.h"

/**
 * \brief   Sparseness (Chalasani et al. 2020, arXiv 1810.06583): the Gini index of the
 *                     map's values
 *
 * 0 of a constant map, near 1 of a single pixel; a map that is 0 has none.
 */
criterion_look complexity_sparseness;

/**
 * \brief   Complexity (Bhatt, Weller, Moura 2020, arXiv 2005.00631, definition 4): the
 *                     entropy of the shares that pixels have in the map
 *
 * In nats: 0 of a single pixel, log(H * W) of a constant map; a map that is 0 has none.
 */
criterion_look complexity_entropy;

#endif

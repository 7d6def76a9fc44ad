/**
 * \file    evaluate/impute.h
 * \brief   Fills removed pixels in from those around them (Rong et al. 2022, ROAD, arXiv
 *                     2202.00449)
 *
 * Section 4.2, noisy linear imputation: each removed pixel is the mean of its eight
 * neighbors, of which those beside, above and below weigh 1/6 and the others 1/12; what
 * lies outside of the picture is left out. The noise is the caller's.
 */
#ifndef EVALUATE_IMPUTE_H
#define EVALUATE_IMPUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * \brief   Replace removed pixels by the solution of the linear system
 *
 * To a relative residual of 1e-10. Without a pixel that is kept, all become 0.
 *
 * \param   removed     height * width
 * \param   values      channels * height * width; only those of removed pixels change
 */
void impute_linear(const bool *removed, int64_t channels, int64_t height, int64_t width,
		float *values);

#endif

/**
 * \file    optimize/adjoint.h
 * \brief   Whether a technique's own transformations pull gradients back rightly
 */
#ifndef OPTIMIZE_ADJOINT_H
#define OPTIMIZE_ADJOINT_H

#include "optimize/transformation.h"

/**
 * \brief   Hold pull_back() of each transformation of an optimization against apply()
 *
 * For random inputs x, changes d and gradients y, <T'(x) d, y> must be <d, T'(x)^T y>. The
 * left side comes from apply() at both sides of x, near enough that few values of an input
 * lie across an edge of a function such as clipping.
 *
 * \param   shape   (1,C,h,w) of the inputs
 *
 * \return  CNNVIZ_OK; CNNVIZ_ERROR_PLUGIN, with a sentence that names the transformation, if
 *          they differ or something is missing; or the status with which a function failed
 */
cnnviz_status adjoint_check(const cnnviz_optimization *optimization,
		const struct transformation_call *call, const int64_t shape[4]);

#endif

/**
 * \file    optimize/transformation.h
 * \brief   Calls of a technique's own transformations
 */
#ifndef OPTIMIZE_TRANSFORMATION_H
#define OPTIMIZE_TRANSFORMATION_H

#include <cnnviz/optimize.h>

#include "base/error.h"

/** Whom transformations are called for, and where their failures are told */
struct transformation_call {
	const cnnviz_host *host;
	cnnviz_job *job;
	struct error *error;
};

/** Whether all transformations of an optimization have a name and both functions */
bool transformations_are_complete(const cnnviz_optimization *optimization);

/** How many random numbers all transformations of an optimization want in a step */
int64_t transformations_count_numbers(const cnnviz_optimization *optimization);

/**
 * \brief   T(x)
 *
 * \param   transformed     Receives a new tensor of the input's shape
 *
 * \return  What apply() returned, or CNNVIZ_ERROR_PLUGIN, with a sentence, if there is no
 *          such tensor
 */
cnnviz_status transformation_apply(const cnnviz_transformation *transformation,
		const struct transformation_call *call, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, cnnviz_tensor **transformed);

/** T'(x)^T y, likewise */
cnnviz_status transformation_pull_back(const cnnviz_transformation *transformation,
		const struct transformation_call *call, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, const cnnviz_tensor *gradient,
		cnnviz_tensor **pulled);

#endif

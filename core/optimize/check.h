/**
 * \file    optimize/check.h
 * \brief   Contradictions among the settings of an optimization
 */
#ifndef OPTIMIZE_CHECK_H
#define OPTIMIZE_CHECK_H

#include <cnnviz/optimize.h>

#include "base/error.h"

/**
 * \brief   Check the settings of an optimization for contradictions
 *
 * \return  CNNVIZ_OK, or CNNVIZ_ERROR_INPUT with a sentence that names the parameter.
 */
cnnviz_status loop_check(const cnnviz_optimization *optimization, int channels,
		struct error *error);

#endif

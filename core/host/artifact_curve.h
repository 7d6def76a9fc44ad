/**
 * \file    host/artifact_curve.h
 * \brief   Curves: a drawing, and the numbers behind it
 */
#ifndef HOST_ARTIFACT_CURVE_H
#define HOST_ARTIFACT_CURVE_H

#include "output/record.h"

/**
 * \brief   Draw, keep and record a curve
 *
 * \param   artifact    Described so far; its name is the curve's
 * \param   values      (steps) or (steps,lines), finite
 * \param   lines       Names of the lines; NULL, or NULL among them: numbers
 * \param   axis        What the values are
 */
cnnviz_status curve_keep(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *values, const char *const *lines, const char *axis);

#endif

/**
 * \file    host/artifact_curve.h
 * \brief   Writes curves: a drawing, and the values as an array
 */
#ifndef HOST_ARTIFACT_CURVE_H
#define HOST_ARTIFACT_CURVE_H

#include "output/record.h"

/**
 * \brief   Draw, keep and record a curve
 *
 * \param   artifact    Described by artifact_describe(); its name is the curve's
 * \param   values      (steps) or (steps,lines), finite
 * \param   lines       Names of the lines; NULL, also as an item: numbers
 * \param   axis        Name of the values
 */
cnnviz_status curve_keep(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *values, const char *const *lines, const char *axis);

#endif

/**
 * \file    plan/check.h
 * \brief   Lets techniques check their jobs, and reports their errors as problems of
 *                     the INI file
 */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "plan/builder.h"

/** Let techniques check their jobs, for all jobs without problems so far. */
void plan_check_jobs(struct builder *builder);

#endif

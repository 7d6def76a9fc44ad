/**
 * \file    plan/check.h
 * \brief   What techniques object to in their jobs, as problems of the INI file
 */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "plan/builder.h"

/** Let techniques say whether their jobs make sense, of those that are sound so far. */
void plan_check_jobs(struct builder *builder);

#endif

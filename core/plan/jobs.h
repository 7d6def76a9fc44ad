/**
 * \file    plan/jobs.h
 * \brief   Reading the jobs: their techniques and parameters
 */
#ifndef PLAN_JOBS_H
#define PLAN_JOBS_H

#include "plan/builder.h"

/** All sections that are jobs, in the file's order */
void plan_read_jobs(struct builder *builder);

/** The job that a parameter of a job names, or NULL */
const struct plan_job *plan_named_job(const struct plan *plan, const struct plan_job *job,
		size_t parameter);

/** A job's name that is not far from another, or NULL */
const char *plan_nearest_job(const struct plan *plan, const char *name);

#endif

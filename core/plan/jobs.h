/**
 * \file    plan/jobs.h
 * \brief   Reads the jobs: their techniques and parameters
 */
#ifndef PLAN_JOBS_H
#define PLAN_JOBS_H

#include "plan/builder.h"

/** Read all sections that are jobs, in the file's order, and append those implied */
void plan_read_jobs(struct builder *builder);

/** The job that parameter i of a job names, or NULL */
const struct plan_job *plan_named_job(const struct plan *plan, const struct plan_job *job,
		size_t parameter);

/** The name of a job in the file that is similar to name, or NULL; not once jobs are in
 *  order */
const char *plan_nearest_job(const struct plan *plan, const char *name);

#endif

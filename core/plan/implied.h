/**
 * \file    plan/implied.h
 * \brief   Jobs that the file does not have, but that others name: a technique's name
 *                     stands for a job of that technique with its defaults
 */
#ifndef PLAN_IMPLIED_H
#define PLAN_IMPLIED_H

#include "plan/builder.h"

/**
 * \brief   Append a job for each technique that parameters of jobs name, by their
 *                     default or in the file, where the file has no job of that name
 *
 * Only techniques that give maps and need no key are taken. What they name in turn is
 * added too. Call it when all sections are listed, before parameters are read.
 */
void plan_imply_jobs(struct builder *builder);

/**
 * \brief   Add to the problems of an implied job where its section, which the file does
 *                     not have, comes from
 *
 * \param   job     Any job; nothing is added for those of the file
 * \param   from    Number of problems before those of the job
 */
void plan_explain_implied(struct builder *builder, const struct plan_job *job,
		size_t from);

/** Set an error that says why a name stands for no job, and what to write instead */
cnnviz_status plan_no_such_job(const struct plan *plan, const char *name,
		struct error *error);

#endif

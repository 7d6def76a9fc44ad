/**
 * \file    plan/plugin_file.h
 * \brief   The files that jobs' techniques come from
 */
#ifndef PLAN_PLUGIN_FILE_H
#define PLAN_PLUGIN_FILE_H

#include "plan/plan.h"

/** Warn if a job's plugin is used instead of one that ships, which the last folder has. */
void plugin_file_check(const struct plan *plan, const struct plan_job *job);

/** Take the digests of all jobs' plugins, which takes a moment, for a run's manifest. */
void plugin_files_digest(struct plan *plan);

#endif

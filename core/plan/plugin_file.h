/**
 * \file    plan/plugin_file.h
 * \brief   The files that jobs' techniques come from
 */
#ifndef PLAN_PLUGIN_FILE_H
#define PLAN_PLUGIN_FILE_H

#include "plan/builder.h"

/**
 * \brief   Load the plugin of a job, which will be asked about it
 *
 * Warns if it is used instead of one that ships, which the last folder has. If it cannot be
 * loaded, that is a problem of the job, which has no plugin then.
 */
void plugin_file_use(struct builder *builder, struct plan_job *job);

/** Take the digests of all jobs' plugins, which takes a moment, for a run's manifest. */
void plugin_files_digest(struct plan *plan);

#endif

/**
 * \file    host/scalars.h
 * \brief   Scalars that attribution techniques emit about their maps
 */
#ifndef HOST_SCALARS_H
#define HOST_SCALARS_H

#include "host/artifact_files.h"

/** host->artifact->map_scalar() */
cnnviz_status job_map_scalar(cnnviz_job *job, uint32_t item, const char *name,
		double value);

/** Add the scalars about a job's map of a picture and target to a list. */
void scalars_list(const struct job *job, size_t picture, int64_t target,
		struct artifact_list *list);

/** Release the scalars of the current batch. */
void scalars_clear(struct session *session);

#endif

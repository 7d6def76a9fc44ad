/**
 * \file    host/maps.h
 * \brief   Maps of the present batch, each computed once
 */
#ifndef HOST_MAPS_H
#define HOST_MAPS_H

#include "host/session.h"

/** Targets of the present batch for a job: its own `target`, or the pictures'; malloc'ed */
int64_t *job_targets(const struct job *job);

/**
 * \brief   Maps of pictures of the present batch, computed once
 *
 * \param   first   Item of the batch
 * \param   targets count classes
 * \param   maps    Borrowed as long as the batch
 */
cnnviz_status maps_get(struct job *job, size_t first, size_t count,
		const int64_t *targets, const cnnviz_tensor **maps, struct error *error);

/** Forget the maps of the present batch, and the scalars about them. */
void maps_clear(struct session *session);

#endif

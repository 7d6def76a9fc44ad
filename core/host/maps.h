/**
 * \file    host/maps.h
 * \brief   The maps of the current batch, each computed once
 */
#ifndef HOST_MAPS_H
#define HOST_MAPS_H

#include "host/session.h"

/**
 * \brief   Get maps of pictures of the current batch, computed once
 *
 * \param   first   Item of the batch
 * \param   targets count classes
 * \param   maps    Borrowed until the end of the batch
 */
cnnviz_status maps_get(struct job *job, size_t first, size_t count,
		const int64_t *targets, const cnnviz_tensor **maps, struct error *error);

/** Release the maps of the current batch, and what was given with them. */
void maps_clear(struct session *session);

#endif

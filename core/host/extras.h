/**
 * \file    host/extras.h
 * \brief   Artifacts that attribution techniques give beside their maps
 *
 * A map may be computed long before it is drawn, together with others, or never be drawn. So
 * what is given with it is kept as it was given, and becomes a file when the map does.
 */
#ifndef HOST_EXTRAS_H
#define HOST_EXTRAS_H

#include "host/artifacts.h"
#include "host/job.h"

/** Keep a copy of what a technique gave about an item of its batch, by a checked name. */
cnnviz_status extras_keep(struct cnnviz_job *job, const struct given_artifact *given);

/** After a call: drop what it gave if it has failed, or else what that replaces. */
void extras_settle(struct cnnviz_job *job, bool failed);

/** What waits for a map: a list */
struct extras;

/** Take what was given with the map of a picture; NULL: nothing */
struct extras *extras_take(const struct job *job, size_t picture, int64_t target);

/** Write all of a list, and free it; on failure, the error says why. */
cnnviz_status extras_write(struct job *job, struct extras *extras, struct error *error);

/**
 * \brief   The values of the first of a list, for comparisons; new
 *
 * \param   name    Receives its name, new
 * \param   next    Receives the rest of the list, or NULL
 */
cnnviz_tensor *extras_values(struct extras *extras, char **name, struct extras **next);

void extras_free(struct extras *extras);

/** Drop what was given with maps of the current batch that were not drawn. */
void extras_clear(struct session *session);

#endif

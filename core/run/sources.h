/**
 * \file    run/sources.h
 * \brief   The manifests of which a run is joined, and how they say that they were made
 */
#ifndef RUN_SOURCES_H
#define RUN_SOURCES_H

#include "output/command.h"

/** A manifest, and beside it the journal of a run that has not ended as it should */
struct source {
	size_t folder; /* of the list */
	char *name;    /* in that folder */
	char *path;
	char *journal; /* path; NULL: there is none, and the manifest has all results */
	struct plan_shard shard;
	bool earlier; /* of a time before the others: where it disagrees, it does not count */
	struct command command; /* of shards alone; .ini is NULL where it is not known */
	/* Jobs that were to be done */
	char **jobs;
	size_t job_count;
};

struct sources {
	char **folders;
	size_t folder_count;
	struct source *items; /* earlier ones last */
	size_t count;
	size_t shards; /* number of shards; 0: there are none */
};

/**
 * \brief   Find out which manifests some folders have, and read what stands before their lists
 *
 * \param   folders     Absolute paths
 * \param   output      Index of the folder that is to have all; what it has of a whole run is
 *                      from before
 *
 * \return  CNNVIZ_ERROR_INPUT if a manifest is none, or if shards are of several divisions
 */
cnnviz_status sources_find(const char *const *folders, size_t count, size_t output,
		struct sources *sources, struct error *error);

/** The first source that says how it was made, or NULL */
const struct source *sources_command(const struct sources *sources);

/**
 * The jobs that the sources together were to do, with commas between; NULL if one was to do
 * all of its INI file's. Malloc'ed
 */
char *sources_jobs(const struct sources *sources);

/** The source of a shard, or NULL */
const struct source *sources_shard(const struct sources *sources, size_t index);

void sources_free(struct sources *sources);

#endif

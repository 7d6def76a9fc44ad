/**
 * \file    host/scalars.c
 * \brief   Scalars that attribution techniques emit about their maps
 *
 * A map may be computed long before it is drawn, or never be drawn: its scalars are
 * kept here, like the map itself in maps.c.
 */
#include "host/scalars.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "host/job.h"

#define NAME_LENGTH_MAX 64

/** A scalar about a map of the current batch, of one job for one target */
struct map_scalar {
	const struct plan_job *job;
	size_t picture;
	int64_t target;
	char *name;
	double value;
};

static struct map_scalar *find_scalar(const struct session *session,
		const struct plan_job *job, size_t picture, int64_t target,
		const char *name)
{
	for (size_t i = 0; i < session->scalar_count; i++) {
		struct map_scalar *scalar = &session->scalars[i];

		if (scalar->job == job && scalar->picture == picture
				&& scalar->target == target
				&& strcmp(scalar->name, name) == 0) {
			return scalar;
		}
	}
	return NULL;
}

static bool is_name(const char *name)
{
	return name != NULL && *name >= 'a' && *name <= 'z'
			&& strlen(name) <= NAME_LENGTH_MAX
			&& name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")]
			== '\0';
}

cnnviz_status job_map_scalar(cnnviz_job *job, uint32_t item, const char *name,
		double value)
{
	struct session *session = job->session;
	cnnviz_status status = job_refuse_result(job, "artifact->map_scalar()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (job->plan->plugin->technique.kind != CNNVIZ_KIND_ATTRIBUTION) {
		return job_misuse(job,
				"artifact->map_scalar() is for attribution techniques");
	}
	if (item >= job->batch->count || !is_name(name) || !isfinite(value)) {
		return job_misuse(job,
				"artifact->map_scalar() was given item %lu of %lu, a "
				"name that is not made of lower-case letters, digits and "
				"underscores, or a value that is not finite (%g)",
				(unsigned long)item, (unsigned long)job->batch->count,
				value);
	}
	if (job->pictures == NULL) {
		return CNNVIZ_OK; /* the map is another technique's intermediate result */
	}
	struct map_scalar *known = find_scalar(session, job->plan, job->pictures[item],
			job->batch->targets[item], name);
	if (known != NULL) {
		known->value = value;
		return CNNVIZ_OK;
	}
	session->scalars = memory_resize(session->scalars, session->scalar_count + 1,
			sizeof(*session->scalars));
	session->scalars[session->scalar_count++] = (struct map_scalar){
		.job = job->plan,
		.picture = job->pictures[item],
		.target = job->batch->targets[item],
		.name = memory_text(name),
		.value = value,
	};
	return CNNVIZ_OK;
}

void scalars_list(const struct job *job, size_t picture, int64_t target,
		struct artifact_list *list)
{
	const struct session *session = job->session;

	for (size_t i = 0; i < session->scalar_count; i++) {
		const struct map_scalar *scalar = &session->scalars[i];

		if (scalar->job == job->plan && scalar->picture == picture
				&& scalar->target == target) {
			artifact_list_add(list,
					&(struct record_artifact){
							.job = job->plan,
							.picture = picture,
							.target = target,
							.kind = RECORD_SCALAR,
							.name = scalar->name,
							.value = scalar->value,
					});
		}
	}
}

void scalars_clear(struct session *session)
{
	for (size_t i = 0; i < session->scalar_count; i++) {
		free(session->scalars[i].name);
	}
	free(session->scalars);
	session->scalars = NULL;
	session->scalar_count = 0;
}

/**
 * \file    host/scalars.c
 * \brief   Numbers that attribution techniques give about their maps
 *
 * A map may be computed long before it is drawn, or never be drawn: its figures wait
 * here, as the map itself does among the shared ones.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "host/session.h"

#define LONGEST_NAME 64

static struct map_figure *find_figure(struct session *session, size_t job, size_t picture,
		int64_t target, const char *name)
{
	for (size_t i = 0; i < session->figure_count; i++) {
		struct map_figure *figure = &session->figures[i];

		if (figure->job == job && figure->picture == picture
				&& figure->target == target
				&& strcmp(figure->name, name) == 0) {
			return figure;
		}
	}
	return NULL;
}

static bool is_name(const char *name)
{
	return name != NULL && *name >= 'a' && *name <= 'z'
			&& strlen(name) <= LONGEST_NAME
			&& name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")]
			== '\0';
}

cnnviz_status job_map_figure(cnnviz_job *job, uint32_t item, const char *name,
		double value)
{
	struct session *session = job->session;
	cnnviz_status status = job_refuse(job, "artifact->map_figure()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (job->plan->plugin->technique.kind != CNNVIZ_KIND_ATTRIBUTION) {
		return job_misuse(job,
				"artifact->map_figure() is for techniques of attribution "
				"kind");
	}
	if (item >= job->batch->count || !is_name(name) || !isfinite(value)) {
		return job_misuse(job,
				"artifact->map_figure() was handed item %lu of %lu, a "
				"name that is not made of lower-case letters, digits and "
				"underscores, or a value that is not finite (%g)",
				(unsigned long)item, (unsigned long)job->batch->count,
				value);
	}
	if (job->pictures == NULL) {
		return CNNVIZ_OK; /* inputs that another technique made: nobody sees them */
	}
	struct map_figure *known = find_figure(session, job->index, job->pictures[item],
			job->batch->targets[item], name);
	if (known != NULL) {
		known->value = value;
		return CNNVIZ_OK;
	}
	session->figures = memory_resize(session->figures, session->figure_count + 1,
			sizeof(*session->figures));
	session->figures[session->figure_count++] = (struct map_figure){
		.job = job->index,
		.picture = job->pictures[item],
		.target = job->batch->targets[item],
		.name = memory_text(name),
		.value = value,
	};
	return CNNVIZ_OK;
}

void figures_write(struct session *session, size_t job, size_t picture, int64_t target)
{
	for (size_t i = 0; i < session->figure_count; i++) {
		const struct map_figure *figure = &session->figures[i];

		if (figure->job == job && figure->picture == picture
				&& figure->target == target) {
			record_add(session->record,
					&(struct record_artifact){
							.job = job,
							.picture = picture,
							.target = target,
							.kind = RECORD_FIGURE,
							.name = figure->name,
							.value = figure->value,
					});
		}
	}
}

void figures_clear(struct session *session)
{
	for (size_t i = 0; i < session->figure_count; i++) {
		free(session->figures[i].name);
	}
	free(session->figures);
	session->figures = NULL;
	session->figure_count = 0;
}

/**
 * \file    run/isolate/confine.c
 * \brief   Confines the process of a job to what the job may touch
 */
#include "run/isolate/confine.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/sandbox.h"

/** Paths that a job may read; borrowed */
struct places {
	const char **paths;
	size_t count;
};

static void add(struct places *places, const char *path)
{
	places->paths = memory_resize(places->paths, places->count + 1,
			sizeof(*places->paths));
	places->paths[places->count++] = path;
}

static void add_parameters(struct places *places, const struct plan_job *job)
{
	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		const struct value *value = &job->values[i];
		uint32_t type = job->plugin->parameters[i].type;

		if (type != CNNVIZ_PARAMETER_PATH && type != CNNVIZ_PARAMETER_PICTURES) {
			continue;
		}
		for (size_t k = 0; k < value->item_count; k++) {
			add(places, value->items[k].text);
		}
		if (value->item_count == 0) {
			add(places, value->text);
		}
	}
}

cnnviz_status confine_job(const struct plan *plan, struct error *error)
{
	struct places places = { NULL, 0 };
	char *engine = strchr(plan->engine, '/') != NULL
			? path_folder(plan->engine)
			: memory_text(plan->paths->engine_folder);

	add(&places, engine);
	for (size_t i = 0; i < plan->picture_count; i++) {
		add(&places, plan->pictures[i].path);
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		add_parameters(&places, &plan->jobs[i]);
	}
	cnnviz_status status = sandbox_enter(plan->output, places.paths, places.count,
			error);

	free(engine);
	free(places.paths);
	return status;
}

/**
 * \file    run/isolate/confine.c
 * \brief   Confines the process of a job to what the job may touch
 */
#include "run/isolate/confine.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sandbox.h"
#include "plan/files.h"

/** Paths that a job may read; borrowed */
struct places {
	const char **paths;
	size_t count;
};

static void add(void *context, const char *path)
{
	struct places *places = context;

	places->paths = memory_resize(places->paths, places->count + 1,
			sizeof(*places->paths));
	places->paths[places->count++] = path;
}

cnnviz_status confine_job(const struct plan *plan, const struct confinement *confinement,
		struct error *error)
{
	struct places places = { NULL, 0 };
	char *engine = strchr(plan->engine, '/') != NULL
			? path_folder(plan->engine)
			: memory_text(plan->paths->engine_folder);

	add(&places, engine);
	plan_visit_files(plan, add, &places);
	for (const char *path = confinement->readable; *path != '\0';
			path += strlen(path) + 1) {
		add(&places, path);
	}
	cnnviz_status status = sandbox_enter(confinement->writable, places.paths,
			places.count, error);

	free(engine);
	free(places.paths);
	return status;
}

bool confine_is_possible(const struct plan *plan)
{
	struct error error = { 0 };

	if (!plan->isolation.strict || sandbox_check(&error) == CNNVIZ_OK) {
		return true;
	}
	log_write(LOG_LEVEL_ERROR,
			"%s: [run] isolate: strict is not possible here, since %s; "
			"isolate = yes is",
			plan->ini->path, error.text);
	return false;
}

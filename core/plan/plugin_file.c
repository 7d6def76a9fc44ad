/**
 * \file    plan/plugin_file.c
 * \brief   The files that jobs' techniques come from
 */
#include "plan/plugin_file.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

static bool is_same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev
			&& one.st_ino == other.st_ino;
}

static void warn_if_it_hides_another(const struct plan *plan, const struct plan_job *job)
{
	char *const *folder = plan->paths->plugin_folders;
	const char *path = job->plugin->path, *shadowed = job->plugin->shadowed;

	while (folder[1] != NULL) {
		folder++;
	}
	if (shadowed != NULL && strncmp(shadowed, *folder, strlen(*folder)) == 0
			&& !is_same_file(path, shadowed)) {
		log_warn_counted(NULL, NULL,
				"the technique \"%s\" is that of %s, not the one that "
				"ships with cnnviz (%s)",
				job->plugin->technique.name, path, shadowed);
	}
}

void plugin_file_use(struct builder *builder, struct plan_job *job)
{
	struct error error;

	warn_if_it_hides_another(builder->plan, job);
	if (registry_use(builder->plan->registry, job->plugin, &error) != CNNVIZ_OK) {
		builder_problem(builder, job->name, NULL, "%s", error.text);
		job->plugin = NULL;
	}
}

void plugin_files_digest(struct plan *plan)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		struct plan_job *job = &plan->jobs[i];
		struct mapping *file = NULL;
		struct error error;

		if (mapping_open(job->plugin->path, &file, &error) == CNNVIZ_OK) {
			mapping_digest(file, job->plugin_digest);
			mapping_unref(file);
		} else {
			/* It may have vanished since it was loaded. */
			log_write(LOG_LEVEL_WARNING,
					"the manifest will not tell the digest of a "
					"plugin: %s",
					error.text);
		}
	}
}

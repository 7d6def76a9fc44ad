/**
 * \file    plan/read.c
 * \brief   Reads a plan from an INI file or from the command line
 */
#include "plan/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "plan/batch.h"
#include "plan/check.h"
#include "plan/engine.h"
#include "plan/evaluation_section.h"
#include "plan/explain.h"
#include "plan/input.h"
#include "plan/jobs.h"
#include "plan/model_section.h"
#include "plan/order.h"
#include "plan/pictures.h"
#include "plan/run_section.h"
#include "plan/shard.h"

/* A problem and its position */
struct ordered_problem {
	struct problem problem;
	int line;
	size_t found;
};

static int compare_problems(const void *a, const void *b)
{
	const struct ordered_problem *first = a;
	const struct ordered_problem *second = b;

	if (first->line != second->line) {
		return first->line < second->line ? -1 : 1;
	}
	return first->found < second->found ? -1 : first->found > second->found;
}

/*
 * Sort problems by line. A problem without a line (of -s, of another file) stays after
 * the one it was found after.
 */
static void sort_problems(const struct ini *ini, struct problems *problems, size_t from)
{
	size_t count = problems->count - from;
	struct problem *items = problems->items + from;
	struct ordered_problem *ordered = memory_new(count, sizeof(*ordered));
	int line = 0;

	for (size_t i = 0; i < count; i++) {
		if (ini->path != NULL && items[i].file != NULL && items[i].line > 0
				&& strcmp(items[i].file, ini->path) == 0) {
			line = items[i].line;
		}
		ordered[i] = (struct ordered_problem){ items[i], line, i };
	}
	qsort(ordered, count, sizeof(*ordered), compare_problems);
	for (size_t i = 0; i < count; i++) {
		items[i] = ordered[i].problem;
	}
	free(ordered);
}

static struct builder builder_start(struct ini *ini, struct problems *problems,
		size_t before)
{
	struct builder builder = {
		.plan = memory_new(1, sizeof(struct plan)),
		.problems = problems,
		.before = before,
	};

	builder.plan->ini = ini;
	builder.plan->paths = paths_find();
	return builder;
}

/* The finished plan, or NULL when there are new problems. */
static struct plan *builder_finish(struct builder *builder)
{
	struct plan *plan = builder->plan;

	graph_free(builder->graph_only);
	if (builder->problems->count > builder->before) {
		sort_problems(plan->ini, builder->problems, builder->before);
		plan_free(plan);
		return NULL;
	}
	return plan;
}

/** Keep how the plan was made, and which part of it is to be done. */
static void read_options(struct builder *builder, const struct plan_options *options)
{
	struct plan *plan = builder->plan;
	size_t count = 0;
	struct error error;

	builder->options = options;
	while (options->overrides != NULL && options->overrides[count] != NULL) {
		count++;
	}
	plan->command.set = memory_new(count + 1, sizeof(*plan->command.set));
	for (size_t i = 0; i < count; i++) {
		plan->command.set[i] = memory_text(options->overrides[i]);
	}
	plan->command.only = options->only != NULL ? memory_text(options->only) : NULL;
	char *inside = path_absolute("-");

	plan->command.folder = path_folder(inside);
	free(inside);
	if (options->shard != NULL
			&& shard_read(options->shard, &plan->shard, &error)
					!= CNNVIZ_OK) {
		problems_add(builder->problems, NULL, 0, NULL, NULL, "%s", error.text);
	}
}

/** Jobs that run once belong to one shard each. */
static void assign_jobs(struct plan *plan)
{
	for (size_t i = 0; i < plan->job_count && plan->shard.count > 0; i++) {
		struct plan_job *job = &plan->jobs[i];

		job->elsewhere = job_is_once(job)
				&& shard_of(job->name, plan->shard.count)
						!= plan->shard.index;
	}
}

/* The first folder is looked through first. */
static void add_plugin_folders(struct paths *paths, const char *const *folders)
{
	size_t count = 0;

	while (folders != NULL && folders[count] != NULL) {
		count++;
	}
	while (count > 0) {
		paths_prepend_plugins(paths, NULL, folders[--count]);
	}
}

static void read_sections(struct builder *builder, const struct plan_options *options)
{
	read_options(builder, options);
	plan_read_run(builder);
	add_plugin_folders(builder->plan->paths, options->plugin_folders);
	builder->plan->registry = registry_load(builder->plan->paths->plugin_folders);
	plan_read_model(builder);
	if (!builder_merges(builder)) {
		plan_check_engine(builder);
	}
	plan_read_input(builder, NULL);
	plan_choose_batch(builder->plan);
	plan_read_evaluation(builder);
	plan_read_jobs(builder);
	plan_check_jobs(builder);
	plan_arrange_jobs(builder);
	assign_jobs(builder->plan);
	plan_check_surveyed(builder);
}

struct plan *plan_read(const struct plan_options *options, struct problems *problems)
{
	size_t before = problems->count;

	plan_preset_limits(options->overrides);
	struct ini *ini = options->text != NULL ? ini_read_text(options->path,
					  options->folder != NULL ? options->folder : ".",
					  options->text, problems)
						: ini_read(options->path, problems);

	if (ini == NULL) {
		return NULL;
	}
	ini_override_all(ini, options->overrides, problems);
	struct builder builder = builder_start(ini, problems, before);
	read_sections(&builder, options);
	return builder_finish(&builder);
}

/* An INI file in memory only; every entry counts as set with -s. */
static struct ini *request_ini(const struct plan_request *request,
		struct problems *problems)
{
	struct ini *ini = memory_new(1, sizeof(*ini));
	const char *const keys[] = { "architecture", "weights", "labels" };
	const char *const texts[] = {
		request->architecture,
		request->weights,
		request->labels,
	};
	struct error error;

	ini->folder = memory_text(".");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (texts[i] == NULL) {
			continue;
		}
		char *assignment = memory_format("model.%s=%s", keys[i], texts[i]);
		if (ini_override(ini, assignment, &error) != CNNVIZ_OK) {
			problems_add(problems, NULL, 0, "model", keys[i],
					"the text is not valid UTF-8");
		}
		free(assignment);
	}
	ini_override_all(ini, request->overrides, problems);
	return ini;
}

/* The option other than -s that sets a key, if the request has it */
static const char *find_option(const struct plan_request *request, const char *section,
		const char *key)
{
	const struct {
		const char *section, *key, *option, *given;
	} options[] = {
		{ "model", "architecture", "-m", request->architecture },
		{ "model", "weights", "-w", request->weights },
		{ "model", "labels", "-l", request->labels },
		{ "input", "target", "-c", request->target },
		{ "run", "output", "-o", request->output },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (strcmp(section, options[i].section) == 0
				&& strcmp(key, options[i].key) == 0
				&& options[i].given != NULL) {
			return options[i].option;
		}
	}
	return NULL;
}

/* What the command line sets a problem's key or section by; NULL: nothing, or arguments */
static const char *origin_of(const struct plan_request *request, const struct ini *ini,
		const struct problem *problem)
{
	bool explained = request->techniques != NULL;

	if (problem->key == NULL) {
		return explained && explain_names(request, problem->section) ? "-t"
									     : "-s";
	}
	if (ini_find(ini, problem->section, problem->key) == NULL
			|| (explained && strcmp(problem->key, "images") == 0)) {
		return NULL;
	}
	const char *option = find_option(request, problem->section, problem->key);
	return option != NULL ? option : "-s";
}

/* Let problems begin with the option that sets the key, and with none if none does. */
static void rename_origins(const struct plan_request *request, const struct ini *ini,
		struct problems *problems, size_t from)
{
	for (size_t i = from; i < problems->count; i++) {
		struct problem *problem = &problems->items[i];
		const char *file = problem->file;

		if (problem->section != NULL && file != NULL
				&& (strcmp(file, "-s") == 0
						|| (ini->path != NULL
								&& strcmp(file, ini->path)
										== 0))) {
			const char *origin = origin_of(request, ini, problem);
			free(problem->file);
			problem->file = origin != NULL ? memory_text(origin) : NULL;
			problem->line = 0;
		}
	}
}

/* -s can set any section, but without an INI file there are no jobs. */
static void refuse_jobs(struct builder *builder)
{
	const struct ini *ini = builder->plan->ini;

	for (size_t i = 0; i < ini->section_count; i++) {
		const char *name = ini->sections[i].name;
		if (strcmp(name, "run") != 0 && strcmp(name, "model") != 0
				&& strcmp(name, "input") != 0) {
			builder_problem(builder, name, NULL,
					"unknown section; -s sets keys of run, model and "
					"input here");
		}
	}
}

struct plan *plan_classify(const struct plan_request *request, struct problems *problems)
{
	size_t before = problems->count;
	struct builder builder = builder_start(request_ini(request, problems), problems,
			before);

	refuse_jobs(&builder);
	plan_read_run(&builder);
	plan_read_model(&builder);
	plan_check_engine(&builder);
	plan_read_input(&builder, request);
	plan_choose_batch(builder.plan);
	rename_origins(request, builder.plan->ini, problems, before);
	return builder_finish(&builder);
}

struct plan *plan_explain(const struct plan_request *request, plan_check check,
		struct problems *problems)
{
	const struct plan_options options = { .purpose = PLAN_FOR_RUN, .check = check };
	size_t before = problems->count;
	struct builder builder = builder_start(explain_ini(request, problems), problems,
			before);

	read_sections(&builder, &options);
	rename_origins(request, builder.plan->ini, problems, before);
	return builder_finish(&builder);
}

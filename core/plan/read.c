/**
 * \file    plan/read.c
 * \brief   Reads a plan from an INI file or from the command line
 */
#include "plan/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plan/check.h"
#include "plan/engine.h"
#include "plan/evaluation_section.h"
#include "plan/input.h"
#include "plan/jobs.h"
#include "plan/model_section.h"
#include "plan/order.h"
#include "plan/run_section.h"

static void apply_overrides(struct ini *ini, const char *const *overrides,
		struct problems *problems)
{
	struct error error;

	for (size_t i = 0; overrides != NULL && overrides[i] != NULL; i++) {
		if (ini_override(ini, overrides[i], &error) != CNNVIZ_OK) {
			problems_add(problems, NULL, 0, NULL, NULL, "%s", error.text);
		}
	}
}

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

struct plan *plan_read(const struct plan_options *options, struct problems *problems)
{
	size_t before = problems->count;
	struct ini *ini = ini_read(options->path, problems);

	if (ini == NULL) {
		return NULL;
	}
	apply_overrides(ini, options->overrides, problems);
	struct builder builder = builder_start(ini, problems, before);
	builder.options = options;
	plan_read_run(&builder);
	builder.plan->registry = registry_load(builder.plan->paths->plugin_folders);
	plan_read_model(&builder);
	plan_check_engine(&builder);
	plan_read_input(&builder, NULL);
	plan_read_evaluation(&builder);
	plan_read_jobs(&builder);
	plan_check_jobs(&builder);
	plan_arrange_jobs(&builder);
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
	apply_overrides(ini, request->overrides, problems);
	return ini;
}

/* The option that sets a key of [model] other than -s, if the request has it */
static const char *find_option(const struct plan_request *request, const char *key)
{
	return strcmp(key, "architecture") == 0 && request->architecture != NULL  ? "-m"
			: strcmp(key, "weights") == 0 && request->weights != NULL ? "-w"
			: strcmp(key, "labels") == 0 && request->labels != NULL   ? "-l"
										  : NULL;
}

/* Let problems begin with the option that sets the key, and with none if none does. */
static void rename_overrides(const struct plan_request *request, const struct ini *ini,
		struct problems *problems, size_t from)
{
	for (size_t i = from; i < problems->count; i++) {
		struct problem *problem = &problems->items[i];
		const char *option = problem->file;

		if (problem->section == NULL || problem->key == NULL || option == NULL
				|| strcmp(option, "-s") != 0) {
			continue;
		}
		if (ini_find(ini, problem->section, problem->key) == NULL) {
			option = NULL;
		} else if (strcmp(problem->section, "model") == 0) {
			const char *own = find_option(request, problem->key);
			option = own != NULL ? own : option;
		}
		char *file = option != NULL ? memory_text(option) : NULL;
		free(problem->file);
		problem->file = file;
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
	rename_overrides(request, builder.plan->ini, problems, before);
	return builder_finish(&builder);
}

/**
 * \file    plan/run_section.c
 * \brief   Reads [run]: where results go and how they are computed
 */
#include "plan/run_section.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "plan/sections.h"

static const char *key_name(size_t parameter)
{
	return plan_sections[PLAN_SECTION_RUN].parameters[parameter].name;
}

/* Whether a folder can be created at a path; error says why not. */
static bool check_output(const char *path, struct error *error)
{
	char *folder = memory_text(path);

	while (access(folder, F_OK) != 0 && strcmp(folder, "/") != 0) {
		char *parent = path_folder(folder);
		bool stuck = strcmp(parent, folder) == 0 || strcmp(parent, ".") == 0;
		free(folder);
		folder = parent;
		if (stuck) {
			break;
		}
	}
	if (!path_is_folder(folder)) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"results cannot be written to \"%s\" because \"%s\" is "
				"not a folder",
				path, folder);
	} else if (access(folder, W_OK | X_OK) != 0) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"results cannot be written to \"%s\" because \"%s\" is "
				"not writable",
				path, folder);
	} else {
		free(folder);
		return true;
	}
	free(folder);
	return false;
}

/* Whether the folder of the results will be needed, as far as is known yet */
static bool writes_files(const struct builder *builder)
{
	return builder->options == NULL || builder->options->purpose != PLAN_FOR_PICTURES;
}

static void read_output(struct builder *builder, const struct value *value)
{
	const char *option = builder->options != NULL ? builder->options->output : NULL;
	struct plan *plan = builder->plan;
	struct error error;
	char *path;

	if (option == NULL && value->text == NULL) {
		return;
	}
	path = option != NULL ? memory_text(option)
			      : builder_path(builder, value, value->text);
	plan->output = path_absolute(path);
	if (*path == '\0') {
		builder_problem(builder, "run", "output",
				"give a folder for the results");
	} else if (writes_files(builder) && !check_output(plan->output, &error)) {
		if (option != NULL) {
			problems_add(builder->problems, NULL, 0, NULL, NULL, "-o %s: %s",
					option, error.text);
		} else {
			builder_problem(builder, "run", "output", "%s", error.text);
		}
	}
	free(path);
}

/* Whether code that the file names must not run, as with `check --no-plugins-from-ini` */
static bool trusts_no_code(const struct builder *builder)
{
	return builder->options != NULL && builder->options->no_plugins;
}

/* An engine given with a folder is a file that must exist; a bare name is looked up later. */
static void read_engine(struct builder *builder, const struct value *value)
{
	const char *variable = getenv("CNNVIZ_ENGINE");

	if (variable != NULL && *variable != '\0') {
		builder->plan->engine = memory_text(variable);
		if (strchr(variable, '/') != NULL && !path_is_file(variable)) {
			problems_add(builder->problems, NULL, 0, NULL, NULL,
					"$CNNVIZ_ENGINE: there is no file \"%s\"",
					variable);
		}
	} else if (value->text != NULL && strchr(value->text, '/') != NULL
			&& trusts_no_code(builder)) {
		builder_problem(builder, "run", "engine",
				"\"%s\" is a file, whose code --no-plugins-from-ini does "
				"not run",
				value->text);
		builder->plan->engine = memory_text(value->text);
	} else if (value->text != NULL && strchr(value->text, '/') != NULL) {
		builder->plan->engine = builder_path(builder, value, value->text);
		if (!path_is_file(builder->plan->engine)) {
			builder_problem(builder, "run", "engine",
					"there is no file \"%s\"", builder->plan->engine);
		}
	} else if (value->text != NULL) {
		builder->plan->engine = memory_text(value->text);
	}
}

/* Folders separated by colons, all of which must exist. */
static void read_folders(struct builder *builder, size_t parameter,
		const struct value *value,
		void (*prepend)(struct paths *paths, const char *base,
				const char *folders))
{
	const char *base = value->line > 0 ? builder->plan->ini->folder : NULL;
	char *save = NULL;

	if (value->text == NULL) {
		return;
	}
	char *list = memory_text(value->text);
	for (char *part = strtok_r(list, ":", &save); part != NULL;
			part = strtok_r(NULL, ":", &save)) {
		char *folder = path_join(base, part);
		if (!path_is_folder(folder)) {
			builder_problem(builder, "run", key_name(parameter),
					"there is no folder \"%s\"", folder);
		}
		free(folder);
	}
	free(list);
	prepend(builder->plan->paths, base, value->text);
}

static void read_isolation(struct builder *builder, const struct value *values)
{
	static const size_t limits[] = { RUN_TIMEOUT, RUN_MEMORY_LIMIT };
	struct plan_isolation *isolation = &builder->plan->isolation;

	isolation->strict = values[RUN_ISOLATE].integer == RUN_ISOLATE_STRICT;
	isolation->isolate = values[RUN_ISOLATE].integer != RUN_ISOLATE_NO;
	isolation->timeout = values[RUN_TIMEOUT].real;
	isolation->memory_limit = values[RUN_MEMORY_LIMIT].integer;
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		const char *key = key_name(limits[i]);
		bool refused = values[RUN_ISOLATE].set && !isolation->isolate;

		if (refused && ini_find(builder->plan->ini, "run", key) != NULL) {
			builder_problem(builder, "run", key,
					"this requires isolated jobs; set isolate = yes "
					"too");
		}
	}
}

static void read_formats(struct builder *builder, const struct value *values)
{
	struct plan *plan = builder->plan;

	plan->format = (enum plan_format)values[RUN_OUTPUT_FORMAT].integer;
	plan->jpeg_quality = (int)values[RUN_JPEG_QUALITY].integer;
	plan->pack = values[RUN_PACK].integer != 0;
	plan->contact_sheet = values[RUN_CONTACT_SHEET].integer != 0;
	if (plan->format != PLAN_FORMAT_JPEG
			&& ini_find(plan->ini, "run", key_name(RUN_JPEG_QUALITY))
					!= NULL) {
		builder_problem(builder, "run", key_name(RUN_JPEG_QUALITY),
				"this is of pictures that are JPEG; set output_format = "
				"jpeg too");
	}
	if (plan->format == PLAN_FORMAT_NONE && plan->contact_sheet) {
		builder_problem(builder, "run", key_name(RUN_CONTACT_SHEET),
				"with output_format = npy-only there are no pictures for "
				"a sheet; leave out one of the two");
	}
}

/* Set the limits that an INI file has; the others get their defaults. */
static void read_limits(const struct ini *ini, struct problems *problems)
{
	const struct parameter_reading how = { .folder = ini->folder };
	struct error error;

	limits_reset();
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		const struct ini_entry *entry = ini_find(ini, "run", limit_keys[i]);
		struct value value = { 0 };

		if (entry == NULL || entry->faulty) {
			continue;
		}
		if (parameter_read(&limit_parameters[i], &how, entry->value, &value,
				    &error)
				!= CNNVIZ_OK) {
			problems_add(problems, entry->line ? ini->path : "-s",
					entry->line, "run", entry->spelling, "%s",
					error.text);
			continue;
		}
		limit_set((enum limit)i, value.integer);
		values_free(&value, 1);
	}
}

void plan_preset_limits(const char *const *overrides)
{
	struct ini *ini = memory_new(1, sizeof(*ini));
	struct problems problems = { 0 };

	ini_override_all(ini, overrides, &problems);
	read_limits(ini, &problems);
	problems_free(&problems);
	ini_free(ini);
}

void plan_read_run(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct value values[RUN_COUNT] = { 0 };

	values_read(plan->ini, "run", plan_sections[PLAN_SECTION_RUN].parameters,
			RUN_COUNT, limit_keys, NULL, values, builder->problems);
	read_limits(plan->ini, builder->problems);
	ini_check_lines(plan->ini, builder->problems);
	plan->seed = (uint64_t)values[RUN_SEED].integer;
	plan->threads = values[RUN_THREADS].integer > 0 ? (int)values[RUN_THREADS].integer
							: cpus_usable();
	plan->batch = values[RUN_BATCH].integer;
	read_output(builder, &values[RUN_OUTPUT]);
	plan->device = values[RUN_DEVICE].text != NULL
			? memory_text(values[RUN_DEVICE].text)
			: NULL;
	read_engine(builder, &values[RUN_ENGINE]);
	read_isolation(builder, values);
	read_formats(builder, values);
	if (!trusts_no_code(builder)) {
		read_folders(builder, RUN_PLUGIN_PATH, &values[RUN_PLUGIN_PATH],
				paths_prepend_plugins);
	}
	read_folders(builder, RUN_MODEL_PATH, &values[RUN_MODEL_PATH],
			paths_prepend_models);
	values_free(values, RUN_COUNT);
}

/**
 * \file    plan/model_section.c
 * \brief   Reads [model]: the network, its weights and its class names
 */
#include "plan/model_section.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph/importers.h"
#include "plan/sections.h"
#include "plan/size.h"

/*
 * model_load() resolves paths relative to the INI file's folder. Paths given with -s
 * are relative to the current folder: make them absolute, unless they are names.
 */
static char *model_text(const char *text, int line, bool is_path)
{
	if (text == NULL) {
		return NULL;
	}
	return line == 0 && is_path ? path_absolute(text) : memory_text(text);
}

char *plan_architecture_text(const char *text, int line)
{
	bool is_path = text != NULL
			&& (strchr(text, '/') != NULL
					|| (importer_is_file_name(text)
							&& path_is_file(text)));

	return model_text(text, line, is_path);
}

char *plan_weights_text(const char *text, int line)
{
	return model_text(text, line,
			text != NULL
					&& (strchr(text, '/') != NULL
							|| path_is_file(text)));
}

/* Problems of model_load() have section and key; add the file and the line. */
static void locate_problems(struct builder *builder, size_t from)
{
	const struct ini *ini = builder->plan->ini;

	for (size_t i = from; i < builder->problems->count; i++) {
		struct problem *problem = &builder->problems->items[i];
		if (problem->file != NULL || problem->section == NULL) {
			continue;
		}
		const struct ini_entry *entry = problem->key != NULL
				? ini_find(ini, problem->section, problem->key)
				: NULL;
		const struct ini_section *section = ini_find_section(ini,
				problem->section);
		const char *file = builder_problem_file(ini, entry, section);
		problem->file = file != NULL ? memory_text(file) : NULL;
		if (problem->line == 0) {
			problem->line = entry != NULL     ? entry->line
					: section != NULL ? section->line
							  : 0;
		}
	}
}

/* Read only the graph, to continue checking layers and sizes when weights or labels
 * fail. */
static void read_graph_only(struct builder *builder, const struct model_paths *paths,
		const char *architecture, const struct import_options *options)
{
	struct problems said = { 0 };
	char *path = model_find(paths, builder->plan->ini->folder, architecture);

	if (path != NULL) {
		builder->graph_only = graph_import(path, options, NULL, &said);
		builder->graph = builder->graph_only;
	}
	problems_free(&said);
	free(path);
}

/** What [model] says about the network's file */
static struct import_options import_options(struct builder *builder,
		const struct value values[MODEL_COUNT])
{
	const char *size = values[MODEL_INPUT_SIZE].text;
	struct import_options options = {
		.output = values[MODEL_OUTPUT].text,
		.logits = values[MODEL_LOGITS].text,
		.task = values[MODEL_TASK].set ? (enum import_task)(IMPORT_TASK_SCORE
					+ values[MODEL_TASK].integer)
					       : IMPORT_TASK_BY_FILE,
	};

	if (size != NULL && !plan_parse_size(size, options.input_size)) {
		builder_problem(builder, "model", "input_size",
				"\"%s\" is not a height and width, such as 224 224",
				size);
	}
	return options;
}

/** Keep the graph of what was loaded; without weights, that of the architecture alone. */
static void keep_graph(struct builder *builder, const struct model_paths *paths,
		const char *architecture, const struct import_options *options)
{
	struct plan *plan = builder->plan;

	if (plan->model != NULL) {
		builder->graph = plan->model->graph;
		plan->architecture = memory_text(plan->model->graph->name);
	} else if (architecture != NULL) {
		read_graph_only(builder, paths, architecture, options);
	}
}

void plan_read_model(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct value values[MODEL_COUNT] = { 0 };
	const struct model_paths paths = { .folders = plan->paths->model_folders };
	bool good = values_read(plan->ini, "model",
			plan_sections[PLAN_SECTION_MODEL].parameters, MODEL_COUNT, NULL,
			NULL, values, builder->problems);
	char *architecture = plan_architecture_text(values[MODEL_ARCHITECTURE].text,
			values[MODEL_ARCHITECTURE].line);
	char *weights = plan_weights_text(values[MODEL_WEIGHTS].text,
			values[MODEL_WEIGHTS].line);
	char *labels = model_text(values[MODEL_LABELS].text, values[MODEL_LABELS].line,
			true);
	const struct import_options options = import_options(builder, values);

	if (good) {
		size_t before = builder->problems->count;
		const struct model_request request = {
			.architecture = architecture,
			.weights = weights,
			.weights_key = values[MODEL_WEIGHTS_KEY].text,
			.labels = labels,
			.mean = values[MODEL_MEAN].text,
			.std = values[MODEL_STD].text,
			.scale = values[MODEL_SCALE].real,
			.channels = values[MODEL_CHANNELS].set
					? values[MODEL_CHANNELS].text
					: NULL,
			.import = options,
			.activation = !values[MODEL_ACTIVATION].set
					? ACTIVATION_DEFAULT
					: (enum activation)(ACTIVATION_SOFTMAX
							+ values[MODEL_ACTIVATION]
									  .integer),
			.verify = values[MODEL_VERIFY].integer != 0,
			.allow_nonfinite = values[MODEL_ALLOW_NONFINITE].integer != 0,
		};
		plan->model = model_load(&paths, plan->ini->folder, &request,
				builder->problems);
		locate_problems(builder, before);
	}
	keep_graph(builder, &paths, architecture, &options);
	free(labels);
	free(weights);
	free(architecture);
	values_free(values, MODEL_COUNT);
}

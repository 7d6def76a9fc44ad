/**
 * \file    plan/builder.c
 * \brief   Shared by the readers of a plan's sections
 */
#include "plan/builder.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"

bool builder_decodes(const struct builder *builder)
{
	return builder->options != NULL && builder->options->decode;
}

bool builder_merges(const struct builder *builder)
{
	return builder->options != NULL && builder->options->purpose == PLAN_FOR_MERGE;
}

const char *builder_problem_file(const struct ini *ini, const struct ini_entry *entry,
		const struct ini_section *section)
{
	bool set = entry != NULL ? entry->line == 0
				 : section != NULL && section->line == 0;

	return set ? "-s" : ini->path;
}

/** Like plan_problem(), with a va_list */
CNNVIZ_PRINTF(5, 0)
static void add_problem(const struct plan *plan, struct problems *problems,
		const char *section, const char *key, const char *format,
		va_list arguments)
{
	const struct ini *ini = plan->ini;
	const struct ini_entry *entry = key != NULL ? ini_find(ini, section, key) : NULL;
	const struct ini_section *found = ini_find_section(ini, section);
	int line = entry != NULL ? entry->line : found != NULL ? found->line : 0;

	problems_vadd(problems, builder_problem_file(ini, entry, found), line, section,
			key, format, arguments);
}

void plan_problem(const struct plan *plan, struct problems *problems, const char *section,
		const char *key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_problem(plan, problems, section, key, format, arguments);
	va_end(arguments);
}

void builder_problem(struct builder *builder, const char *section, const char *key,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_problem(builder->plan, builder->problems, section, key, format, arguments);
	va_end(arguments);
}

char *builder_path(const struct builder *builder, const struct value *value,
		const char *path)
{
	return path_join(value->line > 0 ? builder->plan->ini->folder : NULL, path);
}

cnnviz_status builder_target(const struct builder *builder, const char *text,
		int64_t *target, struct error *error)
{
	if (builder->plan->model == NULL) {
		return CNNVIZ_OK; /* the model's problem has been reported */
	}
	return model_find_target(builder->plan->model, text, target, error);
}

cnnviz_status builder_layer(const struct builder *builder, const char *text,
		int64_t *layer, struct error *error)
{
	*layer = 0;
	if (builder->graph == NULL) {
		return CNNVIZ_OK; /* the network's problem has been reported */
	}
	int32_t found = graph_find(builder->graph, text);
	if (found == CNNVIZ_LAYER_NONE) {
		char *nearest = graph_nearest(builder->graph, text);
		char *advice = nearest != NULL
				? builder_suggestion(nearest)
				: memory_format("; `cnnviz layers %s` lists them",
						builder->graph->name);
		error_set(error, CNNVIZ_ERROR_INPUT, "there is no layer \"%s\" in %s%s",
				text, builder->graph->name, advice);
		free(advice);
		free(nearest);
		return CNNVIZ_ERROR_INPUT;
	}
	*layer = found;
	return CNNVIZ_OK;
}

char *builder_suggestion(const char *nearest)
{
	return nearest != NULL ? memory_format("; did you mean \"%s\"?", nearest)
			       : memory_text("");
}

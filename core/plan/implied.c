/**
 * \file    plan/implied.c
 * \brief   Jobs that the file does not have, but that others name
 */
#include "plan/implied.h"

#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "plan/plugin_file.h"

/* ---- Techniques that can stand for a job --------------------------------------- */

/* Names of jobs, and so of these, may be written in any case. */
static const struct plugin *find_technique(const struct registry *registry,
		const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (strcasecmp(registry->plugins[i].technique.name, name) == 0) {
			return &registry->plugins[i];
		}
	}
	return NULL;
}

static bool gives_maps(const struct plugin *plugin)
{
	return plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION;
}

/* A key that a job of this technique must have, or NULL */
static const char *required_key(const struct plugin *plugin)
{
	for (uint32_t i = 0; i < plugin->technique.parameter_count; i++) {
		if ((plugin->parameters[i].flags & CNNVIZ_PARAMETER_REQUIRED) != 0) {
			return plugin->parameters[i].name;
		}
	}
	return NULL;
}

/* ---- Implied jobs -------------------------------------------------------------- */

static void imply_job(struct builder *builder, const char *name)
{
	struct plan *plan = builder->plan;
	const struct plugin *plugin = find_technique(plan->registry, name);

	if (plan_find_job(plan, name) != NULL || plugin == NULL || !gives_maps(plugin)
			|| required_key(plugin) != NULL) {
		return;
	}
	plan->jobs = memory_grow(plan->jobs, plan->job_count, sizeof(*plan->jobs));
	plan->jobs[plan->job_count++] = (struct plan_job){
		.name = memory_text(plugin->technique.name),
		.plugin = plugin,
		.implied = true,
	};
	plugin_file_use(builder, &plan->jobs[plan->job_count - 1]);
}

/* What a parameter is given, or its default; NULL: neither */
static const char *given_text(const struct ini *ini, const char *section,
		const cnnviz_parameter *parameter)
{
	const struct ini_entry *entry = ini_find(ini, section, parameter->name);

	return entry != NULL ? entry->value : parameter->default_value;
}

void plan_imply_jobs(struct builder *builder)
{
	struct plan *plan = builder->plan;

	/* The jobs that are added are looked at as well. */
	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plugin *plugin = plan->jobs[i].plugin;
		size_t count = plugin != NULL ? plugin->technique.parameter_count : 0;

		for (size_t k = 0; k < count; k++) {
			const cnnviz_parameter *parameter = &plugin->parameters[k];
			const char *name = given_text(plan->ini, plan->jobs[i].name,
					parameter);

			if (parameter->type == CNNVIZ_PARAMETER_JOB && name != NULL) {
				imply_job(builder, name);
			}
		}
	}
}

void plan_explain_implied(struct builder *builder, const struct plan_job *job,
		size_t from)
{
	for (size_t i = from; job->implied && i < builder->problems->count; i++) {
		struct problem *problem = &builder->problems->items[i];
		char *longer = memory_format("%s; another job uses %s, so add a section "
					     "[%s] to set its keys",
				problem->text, job->name, job->name);

		free(problem->text);
		problem->text = longer;
	}
}

/* ---- Names that stand for nothing ---------------------------------------------- */

/* Jobs, then techniques that give maps */
static const char *base_candidate(const void *context, size_t i)
{
	const struct plan *plan = context;

	if (i < plan->job_count) {
		return plan->jobs[i].name;
	}
	i -= plan->job_count;
	for (size_t k = 0; k < plan->registry->count; k++) {
		const struct plugin *plugin = &plan->registry->plugins[k];

		if (gives_maps(plugin) && i-- == 0) {
			return plugin->technique.name;
		}
	}
	return NULL;
}

cnnviz_status plan_no_such_job(const struct plan *plan, const char *name,
		struct error *error)
{
	const struct plugin *plugin = find_technique(plan->registry, name);

	if (plugin != NULL && !gives_maps(plugin)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the technique \"%s\" has no maps; give an attribution "
				"job or technique",
				name);
	}
	if (plugin != NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no job \"%s\" in this file, and the technique "
				"needs a key; add a section [%s] with a line %s = ...",
				name, plugin->technique.name, required_key(plugin));
	}
	const char *nearest = text_nearest(name, base_candidate, plan);
	char *advice = nearest != NULL ? builder_suggestion(nearest)
				       : memory_text("; give a job, or a technique "
						     "that has maps (`cnnviz "
						     "techniques` lists them)");
	error_set(error, CNNVIZ_ERROR_INPUT, "there is no job \"%s\" in this file%s",
			name, advice);
	free(advice);
	return CNNVIZ_ERROR_INPUT;
}

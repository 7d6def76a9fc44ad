/**
 * \file    plan/jobs.c
 * \brief   Reads the jobs: their techniques and parameters
 */
#include "plan/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "graph/roles.h"
#include "base/text.h"
#include "image/array.h"
#include "image/read.h"
#include "plan/implied.h"
#include "plan/input.h"
#include "plan/networks.h"
#include "plan/neuron.h"
#include "plan/plugin_file.h"
#include "plan/sections.h"
#include "plan/pictures.h"
#include "plugin/attribution.h"

/* ---- Names ------------------------------------------------------------------- */

static bool is_job(const char *section)
{
	for (size_t i = 0; i < sizeof(plan_sections) / sizeof(*plan_sections); i++) {
		if (strcmp(section, plan_sections[i].name) == 0) {
			return false;
		}
	}
	return true;
}

/* A job's name is also the name of its folder, beside manifest.json and index.html. */
static bool name_is_usable(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strlen(name) <= 128
			&& name[strspn(name,
					   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
					   "TUVWXYZ"
					   "0123456789_-.")]
			== '\0'
			&& strcmp(name, "manifest.json") != 0
			&& strcmp(name, "index.html") != 0;
}

static const char *job_candidate(const void *context, size_t i)
{
	const struct plan *plan = context;

	/* Implied jobs stand behind the others. */
	return i < plan->job_count && !plan->jobs[i].implied ? plan->jobs[i].name : NULL;
}

const char *plan_nearest_job(const struct plan *plan, const char *name)
{
	return text_nearest(name, job_candidate, plan);
}

/* ---- Techniques ---------------------------------------------------------------- */

/* A section that only -s created, with an unknown name, is taken for misspelled. */
static bool is_misspelled_section(const struct builder *builder,
		const struct ini_section *section)
{
	return section->line == 0
			&& ini_find(builder->plan->ini, section->name, "technique")
			== NULL
			&& registry_find(builder->plan->registry, section->name) == NULL;
}

static const char *section_candidate(const void *context, size_t i)
{
	const struct ini *ini = context;

	if (i < sizeof(plan_sections) / sizeof(*plan_sections)) {
		return plan_sections[i].name;
	}
	i -= sizeof(plan_sections) / sizeof(*plan_sections);
	for (size_t k = 0; k < ini->section_count; k++) {
		if (ini->sections[k].line > 0 && i-- == 0) {
			return ini->sections[k].name;
		}
	}
	return NULL;
}

static void report_misspelled_section(struct builder *builder,
		const struct ini_section *section)
{
	const struct ini *ini = builder->plan->ini;
	char *advice = builder_suggestion(text_nearest(section->name, section_candidate,
			ini));

	builder_problem(builder, section->name, NULL,
			"-s sets a key of a section that %s does not have%s", ini->path,
			advice);
	free(advice);
}

static void report_unknown_technique(struct builder *builder, const char *section,
		const char *key, const char *technique)
{
	const struct registry *registry = builder->plan->registry;
	const struct refused_plugin *refused = registry_find_refused(registry, technique);

	if (refused != NULL) {
		builder_problem(builder, section, key, "the plugin was refused: %s",
				refused->reason);
	} else if (registry_missing_reason(technique) != NULL) {
		builder_problem(builder, section, key, "%s",
				registry_missing_reason(technique));
	} else if (registry->count == 0) {
		builder_problem(builder, section, key,
				"there is no technique \"%s\": there are no plugins in "
				"%s",
				technique, builder->plan->paths->plugin_folders[0]);
	} else {
		const char *nearest = registry_nearest(registry, technique);
		char *advice = nearest != NULL
				? builder_suggestion(nearest)
				: memory_text("; `cnnviz techniques` lists them");
		builder_problem(builder, section, key, "there is no technique \"%s\"%s",
				technique, advice);
		free(advice);
	}
}

/* Warn about refused plugins, unless a job uses them by name. */
static void warn_about_refused(const struct builder *builder)
{
	const struct ini *ini = builder->plan->ini;
	const struct registry *registry = builder->plan->registry;

	for (size_t i = 0; i < registry->refused_count; i++) {
		const struct refused_plugin *refused = &registry->refused[i];
		bool asked = false;
		for (size_t k = 0; !asked && k < ini->section_count; k++) {
			const char *name = ini->sections[k].name;
			const struct ini_entry *entry = ini_find(ini, name, "technique");
			asked = is_job(name)
					&& registry_find(registry, refused->name) == NULL
					&& strcmp(entry != NULL ? entry->value : name,
							   refused->name)
							== 0;
		}
		if (!asked) {
			log_write(LOG_LEVEL_WARNING, "skipped a plugin: %s",
					refused->reason);
		}
	}
}

/* ---- Jobs in the file's order -------------------------------------------------- */

static void list_job(struct builder *builder, const struct ini_section *section)
{
	struct plan *plan = builder->plan;
	const struct ini_entry *entry = ini_find(plan->ini, section->name, "technique");
	const char *technique = entry != NULL ? entry->value : section->name;

	if (is_misspelled_section(builder, section)) {
		report_misspelled_section(builder, section);
		return;
	}
	plan->jobs = memory_grow(plan->jobs, plan->job_count, sizeof(*plan->jobs));
	struct plan_job *job = &plan->jobs[plan->job_count++];
	*job = (struct plan_job){
		.name = memory_text(section->name),
		.line = section->line,
		.plugin = registry_find(plan->registry, technique),
		.selected = true,
	};
	if (!name_is_usable(job->name)) {
		builder_problem(builder, job->name, NULL,
				"a job's name is also a folder's: use up to 128 letters, "
				"digits, _ - or ., without a leading ., and not "
				"manifest.json or index.html");
	}
	if (job->plugin == NULL) {
		report_unknown_technique(builder, job->name,
				entry != NULL ? "technique" : NULL, technique);
	} else {
		plugin_file_use(builder, job);
	}
}

static void list_jobs(struct builder *builder)
{
	const struct ini *ini = builder->plan->ini;
	size_t count = 0;
	struct error error;

	for (size_t i = 0; i < ini->section_count; i++) {
		count += is_job(ini->sections[i].name);
	}
	if (limit_check(LIMIT_JOBS, count, &error, "there are") != CNNVIZ_OK) {
		problems_add(builder->problems, ini->path, 0, NULL, NULL, "%s",
				error.text);
		return;
	}
	for (size_t i = 0; i < ini->section_count; i++) {
		if (is_job(ini->sections[i].name)) {
			list_job(builder, &ini->sections[i]);
		}
	}
	if (count == 0) {
		problems_add(builder->problems, ini->path, 0, NULL, NULL,
				"there are no jobs; add a section with the name of a "
				"technique (`cnnviz techniques` lists them)");
	}
}

/* ---- Parameters ---------------------------------------------------------------- */

static cnnviz_status resolve_layer(void *context, const char *text, int64_t *value,
		struct error *error)
{
	return builder_layer(context, text, value, error);
}

/** Number of channels or features: the first extent of the shape that a layer is shown in */
static int64_t count_channels(void *context, int64_t layer, const char **name)
{
	const struct graph *graph = ((const struct builder *)context)->graph;

	if (graph == NULL) {
		return 0;
	}
	int64_t node = layer == CNNVIZ_LAYER_LOGITS ? graph->logits : layer;
	struct graph_shape shape = graph_shown_shape(&graph->roles[node],
			&graph->nodes[node].shape);

	*name = graph->nodes[node].name;
	return shape.extent[0];
}

static cnnviz_status resolve_class(void *context, const char *text, int64_t *value,
		struct error *error)
{
	return builder_target(context, text, value, error);
}

static cnnviz_status resolve_job(void *context, const char *text, int64_t *value,
		struct error *error)
{
	const struct builder *builder = context;
	const struct plan *plan = builder->plan;
	const struct plan_job *job = plan_find_job(plan, text);

	if (job == NULL) {
		return plan_no_such_job(plan, text, error);
	}
	if (job->plugin != NULL
			&& job->plugin->technique.kind != CNNVIZ_KIND_ATTRIBUTION) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the job \"%s\" (%s) has no maps; give an attribution "
				"job",
				text, job->plugin->technique.name);
	}
	*value = job - plan->jobs;
	return CNNVIZ_OK;
}

static void add_need(struct plan_job *job, const struct plan_job *need)
{
	for (size_t i = 0; i < job->need_count; i++) {
		if (job->needs[i] == need) {
			return;
		}
	}
	job->needs = memory_resize(job->needs, job->need_count + 1,
			sizeof(const struct plan_job *));
	job->needs[job->need_count++] = need;
}

const struct plan_job *plan_named_job(const struct plan *plan, const struct plan_job *job,
		size_t i)
{
	return job->plugin->parameters[i].type == CNNVIZ_PARAMETER_JOB
					&& job->values[i].text != NULL
			? plan_find_job(plan, job->values[i].text)
			: NULL;
}

/* Read the region of an attribution job that has its own */
static void read_own_region(struct builder *builder, struct plan_job *job)
{
	size_t index = parameter_find(attribution_parameters, attribution_parameter_count,
			"region");

	if (job->common == NULL || job->common[index].text == NULL) {
		return;
	}
	job->region = memory_new(1, sizeof(*job->region));
	plan_read_region(builder, job->name, &job->common[index], job->region);
}

/* Check what an attribution job explains, if not a class */
static void check_objective(struct builder *builder, const struct plan_job *job)
{
	const struct value *reference;
	struct error error;
	int64_t width, height, kind;

	kind = job_common_value(job, "objective")->integer;
	reference = job_common_value(job, "reference");
	if (kind == ATTRIBUTION_OF_SIMILARITY && reference->text == NULL) {
		builder_problem(builder, job->name, "objective",
				"similarity is that to another picture; name it with "
				"reference = FILE");
	}
	if (kind != ATTRIBUTION_OF_SIMILARITY && reference->text != NULL) {
		builder_problem(builder, job->name, "reference",
				"only objective = similarity takes it; write that or "
				"remove the key");
	} else if (reference->text != NULL && !image_is_array(reference->text)
			&& image_probe(reference->text, &width, &height, &error)
					!= CNNVIZ_OK) {
		builder_problem(builder, job->name, "reference", "%s", error.text);
	}
	if (kind != ATTRIBUTION_OF_CLASS
			&& (job->region != NULL
					|| job_common_value(job, "target")->set)) {
		builder_problem(builder, job->name, "objective",
				"features have neither classes nor regions; remove the "
				"keys target and region of this section");
	}
}

static bool same_objective(const struct plan_job *job, const struct plan_job *other)
{
	const char *own = job_common_value(job, "reference")->text;
	const char *theirs = job_common_value(other, "reference")->text;

	return job_common_value(job, "objective")->integer
			== job_common_value(other, "objective")->integer
			&& strcmp(own != NULL ? own : "", theirs != NULL ? theirs : "")
			== 0;
}

/* A job that is built on maps of others explains what they do. */
static void check_bases(struct builder *builder, const struct plan_job *job)
{
	for (size_t i = 0; job->common != NULL && i < job->need_count; i++) {
		const struct plan_job *need = job->needs[i];

		if (need->valid && need->common != NULL && !same_objective(job, need)) {
			builder_problem(builder, job->name, "objective",
					"the job [%s], whose maps it uses, explains "
					"something else; give both the same objective "
					"and reference, in a section of that name where "
					"there is none",
					need->name);
		}
	}
}

/* Find the pictures of parameters that name some. */
static void read_picture_sets(struct builder *builder, struct plan_job *job)
{
	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		if (job->plugin->parameters[i].type == CNNVIZ_PARAMETER_PICTURES
				&& job->values[i].set) {
			plan_read_picture_set(builder, job->name,
					job->plugin->parameters[i].name, &job->values[i]);
		}
	}
}

/* One table with own and common parameters, so that an unknown key is reported once. */
static void read_parameters(struct builder *builder, struct plan_job *job)
{
	static const char *const elsewhere[] = { "technique", NULL };
	const struct value_resolver resolver = {
		.context = builder,
		.layer = resolve_layer,
		.class_index = resolve_class,
		.job = resolve_job,
		.channels = count_channels,
	};
	size_t own = job->plugin->technique.parameter_count;
	size_t count = plan_job_parameters(job);
	cnnviz_parameter *table = memory_new(count + 1, sizeof(*table));

	for (size_t i = 0; i < count; i++) {
		table[i] = i < own ? job->plugin->parameters[i]
				   : attribution_parameters[i - own];
	}
	job->values = memory_new(count + 1, sizeof(*job->values));
	job->common = count > own ? job->values + own : NULL;
	values_read(builder->plan->ini, job->name, table, count, elsewhere, &resolver,
			job->values, builder->problems);
	for (size_t i = 0; i < own; i++) {
		const struct plan_job *need = plan_named_job(builder->plan, job, i);
		if (need != NULL) {
			add_need(job, need);
		}
	}
	read_picture_sets(builder, job);
	plan_read_networks(builder, job);
	read_own_region(builder, job);
	plan_read_neuron(builder, job);
	check_objective(builder, job);
	free(table);
}

/* ---- All jobs ------------------------------------------------------------------ */

static bool needs_pictures(const struct plan_job *job)
{
	return job->plugin != NULL && !job_is_once(job);
}

static void check_pictures(struct builder *builder)
{
	const struct plan *plan = builder->plan;

	if (plan->picture_count > 0 || ini_find(plan->ini, "input", "images") != NULL) {
		return;
	}
	if (builder->options->purpose == PLAN_FOR_EVALUATION
			|| builder->options->purpose == PLAN_FOR_PICTURES
			|| (builder->options->purpose == PLAN_FOR_CHECK
					&& plan->evaluation.annotations != NULL)) {
		return;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		if (needs_pictures(&plan->jobs[i])) {
			builder_problem(builder, "input", "images",
					"the job \"%s\" requires pictures; give them as "
					"in images = photos/*.png",
					plan->jobs[i].name);
			return;
		}
	}
}

void plan_read_jobs(struct builder *builder)
{
	struct plan *plan = builder->plan;

	list_jobs(builder);
	warn_about_refused(builder);
	check_pictures(builder);
	plan_imply_jobs(builder);
	for (size_t i = 0; i < plan->job_count; i++) {
		if (plan->jobs[i].plugin != NULL) {
			size_t before = builder->problems->count;
			read_parameters(builder, &plan->jobs[i]);
			plan->jobs[i].valid = builder->problems->count == before;
			plan_explain_implied(builder, &plan->jobs[i], before);
		}
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		if (plan->jobs[i].plugin != NULL && plan->jobs[i].valid) {
			check_bases(builder, &plan->jobs[i]);
			plan_check_neuron(builder, &plan->jobs[i]);
		}
	}
}

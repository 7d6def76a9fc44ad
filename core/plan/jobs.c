/**
 * \file    plan/jobs.c
 * \brief   Reading the jobs, and the order in which they need each other
 */
#include "plan/build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#define NOT_A_JOB SIZE_MAX

/* Far more than anybody writes; keeps the time to order them short */
#define MOST_JOBS 4096

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

/* A job's name is a folder's, beside manifest.json and index.html. */
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

	return i < plan->job_count ? plan->jobs[i].name : NULL;
}

static size_t find_job(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		if (strcasecmp(plan->jobs[i].name, name) == 0) {
			return i;
		}
	}
	return NOT_A_JOB;
}

/* "; did you mean "x"?" or "", malloc'ed */
static char *suggestion(const char *nearest)
{
	return nearest != NULL ? memory_format("; did you mean \"%s\"?", nearest)
			       : memory_text("");
}

/* ---- Techniques ---------------------------------------------------------------- */

/* A section that only -s made, under a name nobody knows, is a slip of the pen. */
static bool is_slip(const struct builder *builder, const struct ini_section *section)
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

static void explain_slip(struct builder *builder, const struct ini_section *section)
{
	const struct ini *ini = builder->plan->ini;
	char *advice = suggestion(text_nearest(section->name, section_candidate, ini));

	builder_problem(builder, section->name, NULL,
			"-s names a section that %s does not have%s", ini->path, advice);
	free(advice);
}

static void explain_technique(struct builder *builder, const char *section,
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
				"there is no technique \"%s\": no plugin was found in %s",
				technique, builder->plan->paths->plugin_folders[0]);
	} else {
		const char *nearest = registry_nearest(registry, technique);
		char *advice = nearest != NULL
				? suggestion(nearest)
				: memory_text("; `cnnviz techniques` lists them");
		builder_problem(builder, section, key, "there is no technique \"%s\"%s",
				technique, advice);
		free(advice);
	}
}

/* Warn of plugins that were refused, unless a job asked for them by name. */
static void warn_of_refusals(const struct builder *builder)
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

/* ---- Jobs in the file's order --------------------------------------------------- */

static void list_job(struct builder *builder, const struct ini_section *section)
{
	struct plan *plan = builder->plan;
	const struct ini_entry *entry = ini_find(plan->ini, section->name, "technique");
	const char *technique = entry != NULL ? entry->value : section->name;

	if (is_slip(builder, section)) {
		explain_slip(builder, section);
		return;
	}
	plan->jobs = memory_resize(plan->jobs, plan->job_count + 1, sizeof(*plan->jobs));
	struct plan_job *job = &plan->jobs[plan->job_count++];
	*job = (struct plan_job){
		.name = memory_text(section->name),
		.line = section->line,
		.plugin = registry_find(plan->registry, technique),
		.wanted = true,
	};
	if (!name_is_usable(job->name)) {
		builder_problem(builder, job->name, NULL,
				"a job's name is a folder's: up to 128 letters, digits, "
				"_ - or ., "
				"not with a . in front, and not manifest.json or "
				"index.html");
	}
	if (job->plugin == NULL) {
		explain_technique(builder, job->name, entry != NULL ? "technique" : NULL,
				technique);
	}
}

static void list_jobs(struct builder *builder)
{
	const struct ini *ini = builder->plan->ini;
	size_t count = 0;

	for (size_t i = 0; i < ini->section_count && count <= MOST_JOBS; i++) {
		if (!is_job(ini->sections[i].name)) {
			continue;
		}
		if (++count <= MOST_JOBS) {
			list_job(builder, &ini->sections[i]);
		} else {
			builder_problem(builder, ini->sections[i].name, NULL,
					"these are more than %d jobs; divide the file",
					MOST_JOBS);
		}
	}
	if (count == 0) {
		problems_add(builder->problems, ini->path, 0, NULL, NULL,
				"there is no job to do; add a section named like a "
				"technique "
				"(`cnnviz techniques` lists them)");
	}
}

/* ---- Parameters ------------------------------------------------------------------ */

static cnnviz_status resolve_layer(void *context, const char *text, int64_t *value,
		struct error *error)
{
	const struct builder *builder = context;

	*value = 0;
	if (builder->graph == NULL) {
		return CNNVIZ_OK; /* what is wrong with the network has been said */
	}
	int32_t layer = graph_find(builder->graph, text);
	if (layer == CNNVIZ_LAYER_NONE) {
		char *nearest = graph_nearest(builder->graph, text);
		char *advice = nearest != NULL
				? suggestion(nearest)
				: memory_format("; `cnnviz layers %s` lists them",
						builder->graph->name);
		error_set(error, CNNVIZ_ERROR_INPUT, "there is no layer \"%s\" in %s%s",
				text, builder->graph->name, advice);
		free(advice);
		free(nearest);
		return CNNVIZ_ERROR_INPUT;
	}
	*value = layer;
	return CNNVIZ_OK;
}

/** Channels or features: the first extent of a layer's shape */
static int64_t count_channels(void *context, int64_t layer, const char **name)
{
	const struct graph *graph = ((const struct builder *)context)->graph;

	if (graph == NULL) {
		return 0;
	}
	const struct graph_node *node =
			&graph->nodes[layer == CNNVIZ_LAYER_LOGITS ? graph->logits
								   : layer];

	*name = node->name;
	return node->shape.extent[0];
}

static cnnviz_status resolve_class(void *context, const char *text, int64_t *value,
		struct error *error)
{
	return builder_class(context, text, value, error);
}

static cnnviz_status resolve_job(void *context, const char *text, int64_t *value,
		struct error *error)
{
	const struct builder *builder = context;
	const struct plan *plan = builder->plan;
	size_t index = find_job(plan, text);

	if (index == NOT_A_JOB) {
		char *advice = suggestion(text_nearest(text, job_candidate, plan));
		error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no job \"%s\" in this file%s", text, advice);
		free(advice);
		return CNNVIZ_ERROR_INPUT;
	}
	const struct plugin *plugin = plan->jobs[index].plugin;
	if (plugin != NULL && plugin->technique.kind != CNNVIZ_KIND_ATTRIBUTION) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the job \"%s\" (%s) gives no maps; name an attribution "
				"job",
				text, plugin->technique.name);
	}
	*value = (int64_t)index;
	return CNNVIZ_OK;
}

static size_t parameter_count(const struct plan_job *job)
{
	return job->plugin->technique.parameter_count
			+ (job->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION
							? attribution_parameter_count
							: 0);
}

static void add_need(struct plan_job *job, size_t index)
{
	for (size_t i = 0; i < job->need_count; i++) {
		if (job->needs[i] == index) {
			return;
		}
	}
	job->needs = memory_resize(job->needs, job->need_count + 1, sizeof(*job->needs));
	job->needs[job->need_count++] = index;
}

/* Job that parameter i of a job names, or NOT_A_JOB */
static size_t find_need(const struct plan *plan, const struct plan_job *job, size_t i)
{
	if (job->plugin->parameters[i].type != CNNVIZ_PARAMETER_JOB
			|| job->values[i].text == NULL) {
		return NOT_A_JOB;
	}
	return find_job(plan, job->values[i].text);
}

/* First parameter of type JOB, or the number of parameters */
static size_t first_job_parameter(const struct plugin *plugin)
{
	size_t i = 0;

	while (i < plugin->technique.parameter_count
			&& plugin->parameters[i].type != CNNVIZ_PARAMETER_JOB) {
		i++;
	}
	return i;
}

/* The region of an attribution job that says where */
static void read_own_region(struct builder *builder, struct plan_job *job)
{
	size_t place = parameter_find(attribution_parameters, attribution_parameter_count,
			"region");

	if (job->common == NULL || job->common[place].text == NULL) {
		return;
	}
	job->region = memory_new(1, sizeof(*job->region));
	plan_read_region(builder, job->name, &job->common[place], job->region);
}

/* One table of own and common parameters, so that an unknown key is told once. */
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
	size_t count = parameter_count(job);
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
		size_t need = find_need(builder->plan, job, i);
		if (need != NOT_A_JOB) {
			add_need(job, need);
		}
	}
	read_own_region(builder, job);
	free(table);
}

/* ---- Order ------------------------------------------------------------------------ */

/* First need of a job that is not placed yet, or NOT_A_JOB */
static size_t open_need(const struct plan_job *job, const bool *placed)
{
	for (size_t i = 0; i < job->need_count; i++) {
		if (!placed[job->needs[i]]) {
			return job->needs[i];
		}
	}
	return NOT_A_JOB;
}

/* First job, in the file's order, that can be placed now, or NOT_A_JOB */
static size_t next_job(const struct plan *plan, const bool *placed)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		if (!placed[i] && open_need(&plan->jobs[i], placed) == NOT_A_JOB) {
			return i;
		}
	}
	return NOT_A_JOB;
}

/* A job on a circle of jobs none of which can be placed. */
static size_t job_in_circle(const struct plan *plan, const bool *placed)
{
	size_t job = 0;

	while (placed[job]) {
		job++;
	}
	/* After as many steps as there are jobs, one is on the circle. */
	for (size_t i = 0; i < plan->job_count; i++) {
		job = open_need(&plan->jobs[job], placed);
	}
	size_t first = job;
	for (size_t i = open_need(&plan->jobs[job], placed); i != job;
			i = open_need(&plan->jobs[i], placed)) {
		first = i < first ? i : first;
	}
	return first;
}

static const char *key_of_need(const struct plan *plan, const struct plan_job *job,
		size_t need)
{
	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		if (find_need(plan, job, i) == need) {
			return job->plugin->parameters[i].name;
		}
	}
	return NULL;
}

/* Report a circle in full, and mark its jobs as placed so that others are found. */
static void explain_circle(struct builder *builder, size_t first, bool *placed)
{
	const struct plan *plan = builder->plan;
	size_t *members = memory_new(plan->job_count, sizeof(*members));
	char *chain = memory_text(plan->jobs[first].name);
	size_t count = 0;
	size_t job = first;

	do {
		members[count++] = job;
		job = open_need(&plan->jobs[job], placed);
		char *longer = memory_format("%s -> %s", chain, plan->jobs[job].name);
		free(chain);
		chain = longer;
	} while (job != first);
	builder_problem(builder, plan->jobs[first].name,
			key_of_need(plan, &plan->jobs[first], members[count > 1 ? 1 : 0]),
			"these jobs need each other's maps in a circle: %s", chain);
	for (size_t i = 0; i < count; i++) {
		placed[members[i]] = true;
	}
	free(chain);
	free(members);
}

/* Fill order with all jobs, needs first. Circles are problems. */
static bool find_order(struct builder *builder, size_t *order)
{
	const struct plan *plan = builder->plan;
	bool *placed = memory_new(plan->job_count + 1, sizeof(*placed));
	size_t count = 0;
	bool good = true;

	for (size_t done = 0; done < plan->job_count;) {
		size_t job = next_job(plan, placed);
		if (job != NOT_A_JOB) {
			order[count++] = job;
			placed[job] = true;
		} else {
			explain_circle(builder, job_in_circle(plan, placed), placed);
			good = false;
		}
		done = 0;
		for (size_t i = 0; i < plan->job_count; i++) {
			done += placed[i];
		}
	}
	free(placed);
	return good;
}

/* ---- --only ------------------------------------------------------------------------ */

static void want_nothing(struct plan *plan)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		plan->jobs[i].wanted = false;
	}
}

static void read_only(struct builder *builder, const char *only)
{
	struct plan *plan = builder->plan;
	size_t count = 0;

	if (only == NULL) {
		return;
	}
	want_nothing(plan);
	char **names = value_list(only, &count);
	if (count == 0) {
		problems_add(builder->problems, NULL, 0, NULL, NULL,
				"--only: name at least one job");
	}
	for (size_t i = 0; i < count; i++) {
		size_t job = find_job(plan, names[i]);
		if (job != NOT_A_JOB) {
			plan->jobs[job].wanted = true;
			continue;
		}
		char *advice = suggestion(text_nearest(names[i], job_candidate, plan));
		problems_add(builder->problems, NULL, 0, NULL, NULL,
				"--only: there is no job \"%s\" in %s%s", names[i],
				plan->ini->path, advice);
		free(advice);
	}
	free(names);
}

/* Which jobs the wanted ones need, themselves included; order has needs first. */
static bool *find_needed(const struct plan *plan, const size_t *order)
{
	bool *needed = memory_new(plan->job_count + 1, sizeof(*needed));

	for (size_t i = plan->job_count; i-- > 0;) {
		const struct plan_job *job = &plan->jobs[order[i]];
		needed[order[i]] = needed[order[i]] || job->wanted;
		for (size_t k = 0; needed[order[i]] && k < job->need_count; k++) {
			needed[job->needs[k]] = true;
		}
	}
	return needed;
}

void plan_job_free(struct plan_job *job)
{
	if (job->values != NULL) {
		values_free(job->values, parameter_count(job));
	}
	if (job->region != NULL) {
		region_clear(job->region);
	}
	free(job->region);
	free(job->values);
	free(job->needs);
	free(job->name);
}

/* Style of a job's maps; jobs are in order already as far as it needs them. */
static uint32_t find_style(const struct plan_job *jobs, const struct plan_job *job)
{
	uint32_t style = job->plugin->technique.map_style;

	return style != CNNVIZ_MAP_LIKE_JOB
			? style
			: jobs[job->values[first_job_parameter(job->plugin)].integer]
					  .map_style;
}

/* Put the needed jobs in order, drop the others, and renumber what refers to jobs. */
static void arrange(struct plan *plan, const size_t *order)
{
	bool *needed = find_needed(plan, order);
	size_t *places = memory_new(plan->job_count, sizeof(*places));
	struct plan_job *jobs = memory_new(plan->job_count, sizeof(*jobs));
	size_t count = 0;

	for (size_t i = 0; i < plan->job_count; i++) {
		struct plan_job *job = &plan->jobs[order[i]];
		if (!needed[order[i]]) {
			plan_job_free(job);
			continue;
		}
		for (size_t k = 0; k < job->plugin->technique.parameter_count; k++) {
			if (job->plugin->parameters[k].type == CNNVIZ_PARAMETER_JOB
					&& job->values[k].set) {
				job->values[k].integer =
						(int64_t)places[job->values[k].integer];
			}
		}
		for (size_t k = 0; k < job->need_count; k++) {
			job->needs[k] = places[job->needs[k]];
		}
		job->map_style = find_style(jobs, job);
		places[order[i]] = count;
		jobs[count++] = *job;
	}
	free(plan->jobs);
	plan->jobs = jobs;
	plan->job_count = count;
	free(places);
	free(needed);
}

/* ---- The whole ---------------------------------------------------------------------- */

bool job_is_once(const struct plan_job *job)
{
	return job->plugin->technique.kind == CNNVIZ_KIND_GENERAL
			&& job->plugin->technique.run_mode == CNNVIZ_RUN_ONCE;
}

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
	if (builder->purpose == PLAN_FOR_EVALUATION
			|| (builder->purpose == PLAN_FOR_CHECK
					&& plan->evaluation.annotations != NULL)) {
		return;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		if (needs_pictures(&plan->jobs[i])) {
			builder_problem(builder, "input", "images",
					"the job \"%s\" needs pictures; name some as in "
					"images = photos/*.png",
					plan->jobs[i].name);
			return;
		}
	}
}

void plan_read_jobs(struct builder *builder, const char *only)
{
	struct plan *plan = builder->plan;

	list_jobs(builder);
	warn_of_refusals(builder);
	check_pictures(builder);
	for (size_t i = 0; i < plan->job_count; i++) {
		if (plan->jobs[i].plugin != NULL) {
			size_t before = builder->problems->count;
			read_parameters(builder, &plan->jobs[i]);
			plan->jobs[i].sound = builder->problems->count == before;
		}
	}
	plan_check_jobs(builder);
	read_only(builder, only);
	size_t *order = memory_new(plan->job_count + 1, sizeof(*order));
	if (find_order(builder, order) && builder->problems->count == builder->before) {
		arrange(plan, order);
	}
	free(order);
}

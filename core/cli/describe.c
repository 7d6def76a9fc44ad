/**
 * \file    cli/describe.c
 * \brief   The command describe
 */
#include "cli/cli.h"
#include "cli/subject.h"
#include "cli/techniques.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "plan/paths.h"
#include "plan/sections.h"

#define SECTION_COUNT (sizeof(plan_sections) / sizeof(*plan_sections))

static const char *subject_candidate(const void *context, size_t i)
{
	const struct registry *registry = context;

	if (i < SECTION_COUNT) {
		return plan_sections[i].name;
	}
	i -= SECTION_COUNT;
	return i < registry->count ? registry->plugins[i].technique.name : NULL;
}

static void report_unknown_subject(const struct registry *registry, const char *name)
{
	const struct refused_plugin *refused = registry_find_refused(registry, name);
	const char *nearest = text_nearest(name, subject_candidate, registry);

	if (refused != NULL) {
		log_write(LOG_LEVEL_ERROR, "the plugin was refused: %s", refused->reason);
	} else if (registry_missing_reason(name) != NULL) {
		log_write(LOG_LEVEL_ERROR, "%s", registry_missing_reason(name));
	} else if (nearest != NULL) {
		log_write(LOG_LEVEL_ERROR,
				"there is no technique \"%s\"; did you mean \"%s\"?",
				name, nearest);
	} else {
		log_write(LOG_LEVEL_ERROR,
				"there is no technique \"%s\"; `cnnviz techniques` lists "
				"them",
				name);
	}
}

static bool find_subject(const struct registry *registry, const char *name,
		struct subject *subject)
{
	const struct plugin *plugin = registry_find(registry, name);

	*subject = (struct subject){ .name = name };
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (strcmp(plan_sections[i].name, name) == 0) {
			subject->summary = plan_sections[i].summary;
			subject->parameters = plan_sections[i].parameters;
			subject->count = plan_sections[i].count;
			if (i == PLAN_SECTION_RUN) {
				subject->common = limit_parameters;
				subject->common_count = LIMIT_COUNT;
			}
			return true;
		}
	}
	if (plugin == NULL) {
		report_unknown_subject(registry, name);
		return false;
	}
	subject->plugin = plugin;
	subject->summary = plugin->technique.summary;
	subject->parameters = plugin->parameters;
	subject->count = plugin->technique.parameter_count;
	if (plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION) {
		subject->common = attribution_parameters;
		subject->common_count = attribution_parameter_count;
	}
	return true;
}

static void describe_one(const struct subject *subject, const struct registry *registry,
		bool json)
{
	char *sample = subject_sample(subject, registry);

	if (json) {
		json_print(subject_json(subject, sample));
	} else {
		subject_print(subject, sample);
	}
	free(sample);
}

static void describe_all(const struct registry *registry)
{
	const char *name;

	for (size_t i = 0; (name = subject_candidate(registry, i)) != NULL; i++) {
		struct subject subject;

		if (find_subject(registry, name, &subject)) {
			fputs(i > 0 ? "\n" : "", stdout);
			describe_one(&subject, registry, false);
		}
	}
}

/* Print all sections and their parameters, for editors of INI files */
static void describe_all_json(const struct registry *registry)
{
	json_t *json = json_object();
	json_t *sections = json_array();
	json_t *techniques = json_array();
	json_t *of_jobs = json_array();
	const char *name;

	for (size_t i = 0; (name = subject_candidate(registry, i)) != NULL; i++) {
		struct subject subject;

		if (find_subject(registry, name, &subject)) {
			char *sample = subject_sample(&subject, registry);
			json_array_append_new(subject.plugin != NULL ? techniques
								     : sections,
					subject_json(&subject, sample));
			free(sample);
		}
	}
	json_array_append_new(of_jobs,
			subject_parameter_json(&technique_parameter, true));
	json_object_set_new(json, "sections", sections);
	json_object_set_new(json, "techniques", techniques);
	json_object_set_new(json, "job_parameters", of_jobs);
	json_print(json);
}

int command_describe(const struct cli_request *request)
{
	struct paths *paths = paths_find();
	struct registry *registry = registry_load(paths->plugin_folders);
	const char *name = request->arguments[0];
	struct subject subject;
	bool found = name == NULL || find_subject(registry, name, &subject);

	techniques_warn_refused(registry,
			found ? NULL : registry_find_refused(registry, name));
	if (name == NULL && request->json) {
		describe_all_json(registry);
	} else if (name == NULL) {
		describe_all(registry);
	} else if (found) {
		describe_one(&subject, registry, request->json);
	}
	registry_free(registry);
	paths_free(paths);
	return found ? CLI_EXIT_DONE : CLI_EXIT_INPUT;
}

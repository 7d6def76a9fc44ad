/**
 * \file    cli/techniques.c
 * \brief   The command techniques: what plugins there are
 */
#include "cli/techniques.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "plan/paths.h"
#include "plugin/registry.h"

static const char *kind_name(const cnnviz_technique *technique)
{
	return technique->kind == CNNVIZ_KIND_ATTRIBUTION ? "attribution" : "general";
}

/* Families in the order that they are listed in; others come behind them. */
static const char *const families[] = {
	CNNVIZ_FAMILY_GRADIENT,
	CNNVIZ_FAMILY_CAM,
	CNNVIZ_FAMILY_PERTURBATION,
	CNNVIZ_FAMILY_SEGMENTATION,
	CNNVIZ_FAMILY_OPTIMIZATION,
};

static const char *family_name(const cnnviz_technique *technique)
{
	return technique->family != NULL ? technique->family : "other";
}

/** Place of a technique's family in the list */
static size_t family_rank(const cnnviz_technique *technique)
{
	size_t count = sizeof(families) / sizeof(*families), i = 0;

	while (i < count && strcmp(families[i], family_name(technique)) != 0) {
		i++;
	}
	return technique->family != NULL ? i : count + 1;
}

/** For qsort(): by family, then by name */
static int compare_families(const void *a, const void *b)
{
	const cnnviz_technique *first = &(*(const struct plugin *const *)a)->technique;
	const cnnviz_technique *second = &(*(const struct plugin *const *)b)->technique;
	size_t ranks[] = { family_rank(first), family_rank(second) };
	int order = strcmp(family_name(first), family_name(second));

	if (ranks[0] != ranks[1]) {
		return ranks[0] < ranks[1] ? -1 : 1;
	}
	return order != 0 ? order : strcmp(first->name, second->name);
}

/** The plugins family by family; freed with free() */
static const struct plugin **sort_by_family(const struct registry *registry)
{
	const struct plugin **sorted = memory_new(registry->count, sizeof(*sorted));

	for (size_t i = 0; i < registry->count; i++) {
		sorted[i] = &registry->plugins[i];
	}
	qsort(sorted, registry->count, sizeof(*sorted), compare_families);
	return sorted;
}

static char *abi_text(const cnnviz_technique *technique)
{
	return memory_format("%" PRIu32 ".%" PRIu32, technique->abi_major,
			technique->abi_minor);
}

json_t *technique_json(const struct plugin *plugin)
{
	const cnnviz_technique *technique = &plugin->technique;
	json_t *json = json_object();
	char *abi = abi_text(technique);

	json_object_set_new(json, "name", json_text(technique->name));
	json_object_set_new(json, "version", json_text(technique->version));
	json_object_set_new(json, "abi", json_text(abi));
	json_object_set_new(json, "kind", json_text(kind_name(technique)));
	json_object_set_new(json, "path", json_text(plugin->path));
	json_object_set_new(json, "family", json_text(technique->family));
	json_object_set_new(json, "summary", json_text(technique->summary));
	free(abi);
	return json;
}

static void print_techniques_json(const struct registry *registry)
{
	json_t *json = json_object();
	json_t *techniques = json_array();
	json_t *refused = json_array();

	for (size_t i = 0; i < registry->count; i++) {
		json_array_append_new(techniques, technique_json(&registry->plugins[i]));
	}
	for (size_t i = 0; i < registry->refused_count; i++) {
		json_t *item = json_object();
		json_object_set_new(item, "path", json_text(registry->refused[i].path));
		json_object_set_new(item, "reason",
				json_text(registry->refused[i].reason));
		json_array_append_new(refused, item);
	}
	json_object_set_new(json, "techniques", techniques);
	json_object_set_new(json, "refused", refused);
	json_print(json);
}

static void print_techniques(const struct registry *registry)
{
	static const char *const head[] = {
		"NAME",
		"VERSION",
		"ABI",
		"KIND",
		"PATH",
		"FAMILY",
		"SUMMARY",
	};
	const struct plugin **sorted = sort_by_family(registry);
	struct table table;

	table_start(&table, sizeof(head) / sizeof(*head), 0);
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++) {
		table_add(&table, "%s", head[i]);
	}
	for (size_t i = 0; i < registry->count; i++) {
		const cnnviz_technique *technique = &sorted[i]->technique;
		char *abi = abi_text(technique);
		table_add(&table, "%s", technique->name);
		table_add(&table, "%s", technique->version);
		table_add(&table, "%s", abi);
		table_add(&table, "%s", kind_name(technique));
		table_add(&table, "%s", sorted[i]->path);
		table_add(&table, "%s", family_name(technique));
		table_add(&table, "%s", technique->summary);
		free(abi);
	}
	table_print(&table);
	free(sorted);
}

void techniques_warn_refused(const struct registry *registry,
		const struct refused_plugin *but)
{
	for (size_t i = 0; i < registry->refused_count; i++) {
		if (&registry->refused[i] != but) {
			log_write(LOG_LEVEL_WARNING, "skipped a plugin: %s",
					registry->refused[i].reason);
		}
	}
}

int command_techniques(const struct cli_request *request)
{
	struct paths *paths = paths_find();
	struct registry *registry = registry_load(paths->plugin_folders);

	techniques_warn_refused(registry, NULL);
	if (request->json) {
		print_techniques_json(registry);
	} else if (registry->count > 0) {
		print_techniques(registry);
	} else {
		log_write(LOG_LEVEL_WARNING,
				"no plugins were found; set CNNVIZ_PLUGIN_PATH to the "
				"folders that contain them");
	}
	registry_free(registry);
	paths_free(paths);
	return CLI_EXIT_DONE;
}

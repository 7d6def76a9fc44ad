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
#include "cli/families.h"
#include "plan/paths.h"
#include "plugin/registry.h"

static const char *kind_name(const cnnviz_technique *technique)
{
	return technique->kind == CNNVIZ_KIND_ATTRIBUTION ? "attribution" : "general";
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

/** Whether a technique is of the family, or any will do */
static bool is_wanted(const struct plugin *plugin, const char *family)
{
	return family == NULL || strcmp(family_name(&plugin->technique), family) == 0;
}

static void print_techniques_json(const struct registry *registry, const char *family)
{
	json_t *json = json_object();
	json_t *techniques = json_array();
	json_t *refused = json_array();

	for (size_t i = 0; i < registry->count; i++) {
		if (is_wanted(&registry->plugins[i], family)) {
			json_array_append_new(techniques,
					technique_json(&registry->plugins[i]));
		}
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

static void print_techniques(const struct registry *registry, const char *family)
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
	const struct plugin **sorted = families_sort(registry);
	struct table table;

	table_start(&table, sizeof(head) / sizeof(*head), 0);
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++) {
		table_add(&table, "%s", head[i]);
	}
	for (size_t i = 0; i < registry->count; i++) {
		const cnnviz_technique *technique = &sorted[i]->technique;

		if (!is_wanted(sorted[i], family)) {
			continue;
		}
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

/** Whether there is such a family; otherwise an error tells which there are. */
static bool find_family(const struct registry *registry, const char *family)
{
	const struct plugin **sorted = families_sort(registry);
	char *names = memory_text("");
	const char *last = "";
	bool found = false;

	for (size_t i = 0; i < registry->count; i++) {
		const char *name = family_name(&sorted[i]->technique);

		found = found || strcmp(name, family) == 0;
		if (strcmp(name, last) != 0) {
			char *longer = memory_format("%s%s%s", names,
					names[0] != '\0' ? ", " : "", name);

			free(names);
			names = longer;
			last = name;
		}
	}
	if (!found) {
		log_write(LOG_LEVEL_ERROR,
				"no technique is of the family \"%s\"; there are %s",
				family, names[0] != '\0' ? names : "none at all");
	}
	free(names);
	free(sorted);
	return found;
}

int command_techniques(const struct cli_request *request)
{
	const char *family = request->argument_count > 0 ? request->arguments[0] : NULL;
	struct paths *paths = paths_find();
	struct registry *registry = registry_load(paths->plugin_folders);
	int code = CLI_EXIT_DONE;

	techniques_warn_refused(registry, NULL);
	if (family != NULL && !find_family(registry, family)) {
		code = CLI_EXIT_INPUT;
	} else if (request->json) {
		print_techniques_json(registry, family);
	} else if (registry->count > 0) {
		print_techniques(registry, family);
	} else {
		log_write(LOG_LEVEL_WARNING,
				"no plugins were found; set CNNVIZ_PLUGIN_PATH to the "
				"folders that contain them");
	}
	registry_free(registry);
	paths_free(paths);
	return code;
}

/**
 * \file    plugin/library.c
 * \brief   Opens a plugin's file and reads the techniques that it provides
 */
#include "plugin/library.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/module.h"
#include "base/process.h"
#include "plugin/card.h"
#include "plugin/descriptor.h"
#include "plugin/object.h"

/* Longest list that is accepted; a longer one is taken for garbage. */
#define LIST_MAX 1000

void plugin_clear(struct plugin *plugin)
{
	free(plugin->path);
	free(plugin->shadowed);
	free(plugin->parameters);
	free(plugin->artifacts);
	card_free(plugin->card);
	module_close(plugin->module);
}

static struct plugin *find_technique(const struct library *library, const char *name)
{
	for (size_t i = 0; i < library->count; i++) {
		if (strcmp(library->plugins[i].technique.name, name) == 0) {
			return &library->plugins[i];
		}
	}
	return NULL;
}

static cnnviz_status add_descriptor(struct library *library, const char *path,
		const cnnviz_technique *descriptor, struct error *error)
{
	struct plugin plugin = { .path = NULL };
	cnnviz_status status = descriptor_read(descriptor, CNNVIZ_ABI_MINOR, path,
			&plugin, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (find_technique(library, plugin.technique.name) != NULL) {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s: its list has the technique \"%s\" twice", path,
				plugin.technique.name);
		plugin_clear(&plugin);
		return status;
	}
	plugin.path = memory_text(path);
	library->plugins = memory_resize(library->plugins, library->count + 1,
			sizeof(*library->plugins));
	library->plugins[library->count++] = plugin;
	return CNNVIZ_OK;
}

static cnnviz_status add_list(struct library *library, const char *path,
		const cnnviz_technique *const *list, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (list == NULL || list[0] == NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s: the plugin's entry point, " CNNVIZ_PLUGINS_SYMBOL
				"(), returned %s",
				path,
				list == NULL ? "NULL instead of a list of descriptors"
					     : "a list without descriptors");
	}
	for (size_t i = 0; list[i] != NULL && status == CNNVIZ_OK; i++) {
		status = i < LIST_MAX
				? add_descriptor(library, path, list[i], error)
				: error_set(error, CNNVIZ_ERROR_PLUGIN,
						"%s: its list has more than %d "
						"descriptors; is it without a NULL at "
						"its end?",
						path, LIST_MAX);
	}
	return status;
}

/** Call the entry that the file has, and read what it returns. */
static cnnviz_status read_descriptors(struct library *library, const char *path,
		struct error *error)
{
	/* POSIX allows a function's address in a void *, but ISO C has no cast for it. */
	void *one = module_symbol(library->module, CNNVIZ_PLUGIN_SYMBOL);
	void *several = module_symbol(library->module, CNNVIZ_PLUGINS_SYMBOL);
	cnnviz_plugin_entry entry;
	cnnviz_plugins_entry list_entry;

	if (one != NULL && several != NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s has both entry symbols, \"" CNNVIZ_PLUGIN_SYMBOL
				"\" and \"" CNNVIZ_PLUGINS_SYMBOL
				"\"; a plugin has one of them",
				path);
	}
	if (several != NULL) {
		memcpy(&list_entry, &several, sizeof(list_entry));
		return add_list(library, path, list_entry(), error);
	}
	if (one != NULL) {
		memcpy(&entry, &one, sizeof(entry));
		return add_descriptor(library, path, entry(), error);
	}
	return error_set(error, CNNVIZ_ERROR_PLUGIN,
			"%s is not a plugin: it has no entry symbol "
			"\"" CNNVIZ_PLUGIN_SYMBOL "\" (see CNNVIZ_PLUGIN in "
			"cnnviz/plugin.h)",
			path);
}

cnnviz_status library_open(const char *path, struct library *library, struct error *error)
{
	*library = (struct library){ .module = NULL };
	cnnviz_status status = object_open(path, &library->module, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = read_descriptors(library, path, error);
	if (status != CNNVIZ_OK) {
		library_close(library);
	}
	return status;
}

void library_close(struct library *library)
{
	for (size_t i = 0; i < library->count; i++) {
		plugin_clear(&library->plugins[i]);
	}
	free(library->plugins);
	module_close(library->module);
	*library = (struct library){ .module = NULL };
}

/* ---- One plugin of a file ------------------------------------------------------- */

static void warn_about_changes(const char *path, unsigned changes)
{
	for (unsigned i = 0; i < PROCESS_CHANGES; i++) {
		enum process_change change = (enum process_change)(1U << i);

		if ((changes & change) != 0) {
			log_warn_counted(NULL, NULL,
					"the plugin %s %s when it was loaded, %s", path,
					process_change_clause(change),
					process_change_effect(change));
		}
	}
}

static cnnviz_status open_quietly(const char *path, struct library *library,
		struct error *error)
{
	struct process_state state;

	process_keep(&state);
	cnnviz_status status = library_open(path, library, error);
	warn_about_changes(path, process_put_back(&state));
	return status;
}

/** Exchange what a card says of a plugin for what its code says. */
static void take_code(struct plugin *plugin, struct library *library,
		struct plugin *loaded)
{
	free(plugin->parameters);
	free(plugin->artifacts);
	plugin->technique = loaded->technique;
	plugin->parameters = loaded->parameters;
	plugin->artifacts = loaded->artifacts;
	plugin->module = library->module;
	loaded->parameters = NULL;
	loaded->artifacts = NULL;
	library->module = NULL;
}

cnnviz_status plugin_load(struct plugin *plugin, struct error *error)
{
	struct library library;
	cnnviz_status status = open_quietly(plugin->path, &library, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct plugin *loaded = find_technique(&library, plugin->technique.name);
	if (loaded != NULL) {
		take_code(plugin, &library, loaded);
	} else {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s no longer provides the technique \"%s\"",
				plugin->path, plugin->technique.name);
	}
	library_close(&library);
	return status;
}

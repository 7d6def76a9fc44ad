/**
 * \file    plugin/registry.c
 * \brief   Finds, checks and keeps plugins
 */
#include "config.h" /* WITH_OPENCV */

#include "plugin/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/spelling.h"
#include "plugin/cache.h"
#include "plugin/files.h"
#include "plugin/library.h"
#include "plugin/scan.h"

/* ---- Loading --------------------------------------------------------------- */

static struct plugin *find_mutable(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (strcmp(registry->plugins[i].technique.name, name) == 0) {
			return &registry->plugins[i];
		}
	}
	return NULL;
}

/** Takes ownership of the plugin, unless it fails. */
static cnnviz_status add_plugin(struct registry *registry, size_t before,
		struct plugin *plugin, struct error *error)
{
	const char *name = plugin->technique.name;
	struct plugin *other = find_mutable(registry, name);

	if (other == NULL) {
		registry->plugins = memory_resize(registry->plugins, registry->count + 1,
				sizeof(*registry->plugins));
		registry->plugins[registry->count++] = *plugin;
		return CNNVIZ_OK;
	}
	if ((size_t)(other - registry->plugins) < before) {
		log_write(LOG_LEVEL_DETAIL,
				"%s: skipped, since %s already provides the technique "
				"\"%s\"",
				plugin->path, other->path, name);
		free(other->shadowed);
		other->shadowed = plugin->path;
		plugin->path = NULL;
		plugin_clear(plugin);
		return CNNVIZ_OK;
	}
	return error_set(error, CNNVIZ_ERROR_PLUGIN,
			"%s: the technique \"%s\" is also provided by %s in the same "
			"folder; remove one of the two",
			plugin->path, name, other->path);
}

static void add_refused(struct registry *registry, const char *path, const char *reason)
{
	registry->refused = memory_resize(registry->refused, registry->refused_count + 1,
			sizeof(*registry->refused));
	registry->refused[registry->refused_count++] = (struct refused_plugin){
		.path = memory_text(path),
		.name = path_stem(path),
		.reason = memory_text(reason),
	};
}

/** Add the techniques of a file; before: number of plugins from earlier folders */
static void add_file(struct registry *registry, size_t before, struct plugin_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct plugin *plugin = &file->plugins[i];
		struct error error;

		if (add_plugin(registry, before, plugin, &error) != CNNVIZ_OK) {
			add_refused(registry, plugin->path, error.text);
			plugin_clear(plugin);
		}
	}
	file->count = 0;
	if (file->refused != NULL) {
		add_refused(registry, file->path, file->refused);
	}
}

static int compare_plugins(const void *a, const void *b)
{
	const struct plugin *left = a;
	const struct plugin *right = b;

	return strcmp(left->technique.name, right->technique.name);
}

struct registry *registry_load(char *const *folders)
{
	struct registry *registry = memory_new(1, sizeof(*registry));

	struct plugin_files files = plugin_files_list(folders);
	size_t before = 0;

	cache_recall(&files);
	if (scan_files(&files)) {
		cache_store(&files);
	}
	for (size_t i = 0; i < files.count; i++) {
		if (i > 0 && files.items[i].folder != files.items[i - 1].folder) {
			before = registry->count;
		}
		add_file(registry, before, &files.items[i]);
	}
	plugin_files_free(&files);
	if (registry->count > 0) {
		qsort(registry->plugins, registry->count, sizeof(*registry->plugins),
				compare_plugins);
	}
	return registry;
}

cnnviz_status registry_use(struct registry *registry, const struct plugin *plugin,
		struct error *error)
{
	struct plugin *own = &registry->plugins[plugin - registry->plugins];

	return own->module != NULL ? CNNVIZ_OK : plugin_load(own, error);
}

void registry_free(struct registry *registry)
{
	if (registry == NULL) {
		return;
	}
	for (size_t i = 0; i < registry->count; i++) {
		plugin_clear(&registry->plugins[i]);
	}
	for (size_t i = 0; i < registry->refused_count; i++) {
		free(registry->refused[i].path);
		free(registry->refused[i].name);
		free(registry->refused[i].reason);
	}
	free(registry->plugins);
	free(registry->refused);
	free(registry);
}

/* ---- Queries ---------------------------------------------------------------- */

const struct plugin *registry_find(const struct registry *registry, const char *name)
{
	const struct plugin *found = find_mutable(registry, name);

	for (size_t i = 0; i < registry->count && found == NULL; i++) {
		if (spelling_same(registry->plugins[i].technique.name, name)) {
			found = &registry->plugins[i];
		}
	}
	return found;
}

const struct refused_plugin *registry_find_refused(const struct registry *registry,
		const char *name)
{
	for (size_t i = 0; i < registry->refused_count; i++) {
		if (strcmp(registry->refused[i].name, name) == 0) {
			return &registry->refused[i];
		}
	}
	return NULL;
}

static const char *technique_name(const void *context, size_t i)
{
	const struct registry *registry = context;

	return i < registry->count ? registry->plugins[i].technique.name : NULL;
}

const char *registry_missing_reason(const char *name)
{
#ifndef WITH_OPENCV
	if (strcmp(name, "saliency_segmentation") == 0) {
		return "the technique \"saliency_segmentation\" needs OpenCV, without "
		       "which cnnviz was built; on Debian: apt-get install "
		       "libopencv-imgproc-dev, then configure and make again";
	}
#endif
	(void)name;
	return NULL;
}

const char *registry_nearest(const struct registry *registry, const char *name)
{
	return text_nearest(name, technique_name, registry);
}

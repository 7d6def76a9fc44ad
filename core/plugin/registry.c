/**
 * \file    plugin/registry.c
 * \brief   Finds, checks and keeps plugins
 */
#include "config.h" /* WITH_OPENCV */

#include "plugin/registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/module.h"
#include "base/text.h"
#include "config/spelling.h"
#include "plugin/library.h"

/* ---- Parameters of every attribution -------------------------------------- */

/* In the order of image/render.h's colormap_names */
static const char *const colormaps[] = { "hsv", "jet", "viridis", "turbo", "inferno",
	"gray", "diverging", NULL };

/* In the order of CNNVIZ_FILTER_* */
static const char *const filters[] = { "nearest", "bilinear", "bicubic", "lanczos",
	NULL };

/* In the order of enum attribution_place */
static const char *const places[] = { "input", "picture", NULL };

const cnnviz_parameter attribution_parameters[] = {
	{
			.name = "target",
			.type = CNNVIZ_PARAMETER_CLASS,
			.flags = CNNVIZ_PARAMETER_NOT,
			.summary = "class to explain; by default each picture's own "
				   "target, or the predicted class",
	},
	{
			.name = "region",
			.type = CNNVIZ_PARAMETER_STRING,
			.summary = "for segmentation networks: where to explain the "
				   "class (predicted, all, or the path of a mask); by "
				   "default as in [input]",
	},
	{
			.name = "colormap",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "turbo",
			.choices = colormaps,
			.summary = "colors of heatmap and overlay; hsv is traditional; "
				   "turbo, viridis and inferno are easier to read; of "
				   "signed evidence, the default is diverging",
	},
	{
			.name = "opacity",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.4",
			.minimum = 0,
			.maximum = 1,
			.summary = "opacity of the colors in overlay; of the strongest "
				   "signed evidence, the default is 0.8",
	},
	{
			.name = "upsample",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "bilinear",
			.choices = filters,
			.summary = "filter that enlarges a map to the picture",
	},
	{
			.name = "percentile",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.minimum = 0,
			.maximum = 100,
			.unit = "percent",
			.summary = "percentile of a map's values at which gray, heatmap "
				   "and overlay saturate; by default 100 for CAMs, 99 "
				   "for all others",
	},
	{
			.name = "at",
			.type = CNNVIZ_PARAMETER_ENUM,
			.choices = places,
			.summary = "size and shape of what is drawn: the network's "
				   "input's, or the picture's; by default the picture's "
				   "for overlay, the input's for the others",
	},
};

const size_t attribution_parameter_count = sizeof(attribution_parameters)
		/ sizeof(attribution_parameters[0]);

/* ---- Files of a folder ----------------------------------------------------- */

static bool is_plugin_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot != name
			&& (strcmp(dot, ".so") == 0 || strcmp(dot, ".la") == 0);
}

static size_t stem_length(const char *name)
{
	return (size_t)(strrchr(name, '.') - name);
}

static bool same_stem(const char *a, const char *b)
{
	return stem_length(a) == stem_length(b) && memcmp(a, b, stem_length(a)) == 0;
}

/** By stem; NAME.so comes before NAME.la. */
static int compare_files(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	size_t length = stem_length(*left) < stem_length(*right) ? stem_length(*left)
								 : stem_length(*right);
	int order = strncmp(*left, *right, length);

	if (order == 0 && stem_length(*left) != stem_length(*right)) {
		return stem_length(*left) < stem_length(*right) ? -1 : 1;
	}
	return order != 0 ? order : strcmp(*right, *left);
}

/**
 * \brief   Names of the plugin files in a folder, sorted, one per stem
 *
 * If there are both, the shared object is used: the libtool file holds the folder of
 * the build, which is wrong once the plugin has been moved.
 */
static char **list_files(const char *folder, size_t *count)
{
	char **names = NULL;
	size_t found = 0;
	DIR *directory = opendir(folder);

	*count = 0;
	if (directory == NULL) {
		if (errno != ENOENT) {
			log_write(LOG_LEVEL_WARNING, "cannot look for plugins in %s: %s",
					folder, strerror(errno));
		}
		return NULL;
	}
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		if (is_plugin_file(entry->d_name)) {
			names = memory_resize(names, found + 1, sizeof(*names));
			names[found++] = memory_text(entry->d_name);
		}
	}
	closedir(directory);
	if (found > 0) {
		qsort(names, found, sizeof(*names), compare_files);
	}
	for (size_t i = 0; i < found; i++) {
		if (*count > 0 && same_stem(names[*count - 1], names[i])) {
			free(names[i]);
		} else {
			names[(*count)++] = names[i];
		}
	}
	return names;
}

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

static void add_refused(struct registry *registry, const char *path,
		const struct error *error)
{
	registry->refused = memory_resize(registry->refused, registry->refused_count + 1,
			sizeof(*registry->refused));
	registry->refused[registry->refused_count++] = (struct refused_plugin){
		.path = memory_text(path),
		.name = path_stem(path),
		.reason = memory_text(error->text),
	};
}

static void keep_module(struct registry *registry, struct module *module)
{
	registry->modules = memory_resize(registry->modules, registry->module_count + 1,
			sizeof(struct module *));
	registry->modules[registry->module_count++] = module;
}

/** Add the techniques of a file; before: number of plugins from earlier folders */
static void add_library(struct registry *registry, size_t before, struct library *library)
{
	size_t count = registry->count;

	for (size_t i = 0; i < library->count; i++) {
		struct plugin *plugin = &library->plugins[i];
		struct error error;

		if (add_plugin(registry, before, plugin, &error) != CNNVIZ_OK) {
			add_refused(registry, plugin->path, &error);
			plugin_clear(plugin);
		}
	}
	if (registry->count > count) {
		keep_module(registry, library->module);
	} else {
		module_close(library->module);
	}
	free(library->plugins);
}

static void load_file(struct registry *registry, size_t before, const char *folder,
		const char *file)
{
	char *path = path_join(folder, file);
	struct library library;
	struct error error;

	if (library_open(path, &library, &error) == CNNVIZ_OK) {
		add_library(registry, before, &library);
	} else {
		add_refused(registry, path, &error);
	}
	free(path);
}

static void load_folder(struct registry *registry, const char *folder)
{
	size_t before = registry->count;
	size_t count;
	char **files = list_files(folder, &count);

	for (size_t i = 0; i < count; i++) {
		load_file(registry, before, folder, files[i]);
		free(files[i]);
	}
	free(files);
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

	for (; *folders != NULL; folders++) {
		load_folder(registry, *folders);
	}
	if (registry->count > 0) {
		qsort(registry->plugins, registry->count, sizeof(*registry->plugins),
				compare_plugins);
	}
	return registry;
}

void registry_free(struct registry *registry)
{
	if (registry == NULL) {
		return;
	}
	for (size_t i = 0; i < registry->count; i++) {
		plugin_clear(&registry->plugins[i]);
	}
	for (size_t i = 0; i < registry->module_count; i++) {
		module_close(registry->modules[i]);
	}
	for (size_t i = 0; i < registry->refused_count; i++) {
		free(registry->refused[i].path);
		free(registry->refused[i].name);
		free(registry->refused[i].reason);
	}
	free(registry->modules);
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

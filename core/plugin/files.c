/**
 * \file    plugin/files.c
 * \brief   The plugin files in some folders, and what is known of each
 */
#include "plugin/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/module.h"
#include "plugin/card.h"
#include "plugin/library.h"

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
static char **list_names(const char *folder, size_t *count)
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

/* ---- All files --------------------------------------------------------------- */

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/** Look at the file that a path stands for; there may be none. */
static void find_object(struct plugin_file *file)
{
	char *named = NULL;
	struct stat facts;
	struct error error;

	if (module_object(file->path, &named, &error) == CNNVIZ_OK) {
		file->object = realpath(named, NULL);
	}
	free(named);
	if (file->object == NULL || stat(file->object, &facts) != 0) {
		return;
	}
	file->size = (int64_t)facts.st_size;
	file->modified = nanoseconds(&facts.st_mtim);
	file->changed = nanoseconds(&facts.st_ctim);
}

static void add_file(struct plugin_files *files, char *path, size_t folder)
{
	files->items = memory_resize(files->items, files->count + 1,
			sizeof(*files->items));
	struct plugin_file *file = &files->items[files->count++];

	*file = (struct plugin_file){ .path = path, .folder = folder };
	find_object(file);
}

struct plugin_files plugin_files_list(char *const *folders)
{
	struct plugin_files files = { .count = 0 };

	for (size_t folder = 0; folders[folder] != NULL; folder++) {
		size_t count;
		char **names = list_names(folders[folder], &count);

		for (size_t i = 0; i < count; i++) {
			add_file(&files, path_join(folders[folder], names[i]), folder);
			free(names[i]);
		}
		free(names);
	}
	return files;
}

/* ---- What is known of them ------------------------------------------------------ */

cnnviz_status plugin_file_take(struct plugin_file *file, json_t *answer,
		struct error *error)
{
	struct plugin *plugins = NULL;
	size_t count = 0;
	char *refused = NULL;
	cnnviz_status status = answer_read(answer, file->path, &plugins, &count, &refused,
			error);

	if (status != CNNVIZ_OK) {
		json_decref(answer);
		return status;
	}
	file->answer = answer;
	file->plugins = plugins;
	file->count = count;
	file->refused = refused;
	return CNNVIZ_OK;
}

void plugin_files_free(struct plugin_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct plugin_file *file = &files->items[i];

		for (size_t k = 0; k < file->count; k++) {
			plugin_clear(&file->plugins[k]);
		}
		free(file->plugins);
		free(file->refused);
		json_decref(file->answer);
		free(file->object);
		free(file->path);
	}
	free(files->items);
	*files = (struct plugin_files){ .count = 0 };
}

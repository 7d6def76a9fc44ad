/**
 * \file    graph/find.c
 * \brief   Finds networks by name in the model path
 */
#include "graph/find.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph/importers.h"

/** NAME with the extension of any kind of network file, in one folder */
static char *find_in_folder(const char *folder, const char *name)
{
	const struct network_file *importer;

	for (size_t i = 0; (importer = importer_at(i)) != NULL; i++) {
		char *path = memory_format("%s/%s%s", folder, name, importer->ending);

		if (path_is_file(path)) {
			return path;
		}
		free(path);
	}
	return NULL;
}

/** In the first folder that has it */
static char *find_by_name(char *const *folders, const char *name)
{
	char *path = NULL;

	for (; path == NULL && folders != NULL && *folders != NULL; folders++) {
		path = find_in_folder(*folders, name);
	}
	return path;
}

char *model_find(const struct model_paths *paths, const char *folder, const char *name)
{
	bool with_folder = strchr(name, '/') != NULL;
	char *path;

	if (!with_folder && !importer_is_file_name(name)) {
		path = find_by_name(paths->folders, name);
		if (path != NULL) {
			return path;
		}
	}
	path = path_join(folder, name);
	if (path_is_file(path)) {
		return path;
	}
	free(path);
	return with_folder ? NULL : path_in_folders(paths->folders, name);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct model_entry *)a)->name,
			((const struct model_entry *)b)->name);
}

static bool entry_known(const struct model_entry *entries, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/** Add the descriptions in one folder, which may not exist. */
static struct model_entry *list_folder(const char *folder, struct model_entry *entries,
		size_t *count)
{
	DIR *directory = opendir(folder);
	struct dirent *item;

	while (directory != NULL && (item = readdir(directory)) != NULL) {
		char *name, *path;

		if (!importer_is_file_name(item->d_name) || item->d_name[0] == '.') {
			continue;
		}
		name = path_stem(item->d_name);
		path = path_join(folder, item->d_name);
		if (!path_is_file(path) || entry_known(entries, *count, name)) {
			free(name);
			free(path);
			continue;
		}
		entries = memory_resize(entries, *count + 2, sizeof(*entries));
		entries[*count] = (struct model_entry){ name, path };
		entries[++*count] = (struct model_entry){ NULL, NULL };
	}
	if (directory != NULL) {
		closedir(directory);
	}
	return entries;
}

struct model_entry *model_list(const struct model_paths *paths, size_t *count)
{
	struct model_entry *entries = memory_new(1, sizeof(*entries));

	*count = 0;
	for (char **folder = paths->folders; folder != NULL && *folder != NULL;
			folder++) {
		entries = list_folder(*folder, entries, count);
	}
	qsort(entries, *count, sizeof(*entries), compare_entries);
	return entries;
}

void model_list_free(struct model_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(entries[i].name);
		free(entries[i].path);
	}
	free(entries);
}

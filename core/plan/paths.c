/**
 * \file    plan/paths.c
 * \brief   Finds the folders of plugins, engines and models
 */
#include "config.h" /* _GNU_SOURCE */

#include "plan/paths.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/ini.h"

/* The build system writes this file beside the program and the library in the build tree. */
#define BUILD_TREE_FILE "build-tree.ini"

/* An address in the file that this code is in */
static const char program_marker[] = "here";

static size_t folder_count(char *const *folders)
{
	size_t count = 0;

	while (folders != NULL && folders[count] != NULL) {
		count++;
	}
	return count;
}

/* Insert a folder into a NULL-terminated array; takes ownership of folder. */
static void insert_folder(char ***folders, size_t position, char *folder)
{
	size_t count = folder_count(*folders);
	char **array = memory_resize(*folders, count + 2, sizeof(*array));

	memmove(array + position + 1, array + position,
			(count - position) * sizeof(*array));
	array[position] = folder;
	array[count + 1] = NULL;
	*folders = array;
}

/* Prepend "a:b:c", without empty parts. */
static void prepend(char ***folders, const char *base, const char *list)
{
	size_t position = 0;

	if (list == NULL) {
		return;
	}
	while (*list != '\0') {
		size_t length = strcspn(list, ":");
		if (length > 0) {
			char *part = memory_text_n(list, length);
			insert_folder(folders, position++, path_join(base, part));
			free(part);
		}
		list += length + (list[length] == ':');
	}
}

/* The shared library that this is a part of, or else the running program; NULL: unknown */
static char *find_own_file(void)
{
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	Dl_info found;

	if (dladdr(program_marker, &found) != 0
			&& strstr(found.dli_fname, ".so") != NULL) {
		return realpath(found.dli_fname, NULL);
	}
	if (length <= 0 || (size_t)length >= sizeof(program) - 1) {
		return NULL;
	}
	program[length] = '\0';
	return memory_text(program);
}

/* Folder of that file, or NULL. Libtool may keep it in .libs. */
static char *own_folder(void)
{
	char *file = find_own_file();

	if (file == NULL) {
		return NULL;
	}
	char *folder = path_folder(file);

	free(file);
	size_t end = strlen(folder);
	if (end > 6 && strcmp(folder + end - 6, "/.libs") == 0) {
		folder[end - 6] = '\0';
	}
	return folder;
}

static struct ini *read_build_tree(void)
{
	struct problems problems = { 0 };
	struct ini *ini = NULL;
	char *folder = own_folder();

	if (folder == NULL) {
		return NULL;
	}
	char *path = path_join(folder, BUILD_TREE_FILE);
	if (path_is_file(path)) {
		ini = ini_read(path, &problems);
	}
	problems_free(&problems);
	free(path);
	free(folder);
	return ini;
}

static const char *build_tree_value(const struct ini *ini, const char *key,
		const char *installed)
{
	const struct ini_entry *entry = ini != NULL ? ini_find(ini, "paths", key) : NULL;

	return entry != NULL ? entry->value : installed;
}

struct paths *paths_find(void)
{
	struct paths *paths = memory_new(1, sizeof(*paths));
	struct ini *ini = read_build_tree();

	insert_folder(&paths->plugin_folders, 0,
			memory_text(build_tree_value(ini, "plugins", PLUGIN_FOLDER)));
	insert_folder(&paths->model_folders, 0,
			memory_text(build_tree_value(ini, "models", MODEL_FOLDER)));
	paths->engine_folder = memory_text(build_tree_value(ini, "engines",
			ENGINE_FOLDER));
	ini_free(ini);
	paths_prepend_plugins(paths, NULL, getenv("CNNVIZ_PLUGIN_PATH"));
	paths_prepend_models(paths, NULL, getenv("CNNVIZ_MODEL_PATH"));
	return paths;
}

void paths_prepend_plugins(struct paths *paths, const char *base, const char *folders)
{
	prepend(&paths->plugin_folders, base, folders);
}

void paths_prepend_models(struct paths *paths, const char *base, const char *folders)
{
	prepend(&paths->model_folders, base, folders);
}

static void free_folders(char **folders)
{
	for (size_t i = 0; i < folder_count(folders); i++) {
		free(folders[i]);
	}
	free(folders);
}

void paths_free(struct paths *paths)
{
	if (paths == NULL) {
		return;
	}
	free_folders(paths->plugin_folders);
	free_folders(paths->model_folders);
	free(paths->engine_folder);
	free(paths);
}

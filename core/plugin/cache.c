/**
 * \file    plugin/cache.c
 * \brief   Remembers what plugin files provide, in $XDG_CACHE_HOME/cnnviz/plugins.json
 */
#include "config.h" /* PACKAGE_VERSION */

#include "plugin/cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "plugin/card.h"

#define NAME "plugins.json"

/* Counts the forms that the file has had. */
#define FORM 1

/* Largest file that is read; a thousand plugins need a few MiB. */
#define SIZE_MAX_READ ((size_t)64 << 20)

/* ---- The file ---------------------------------------------------------------- */

/** NULL where there is no place for it; malloc'ed */
static char *cache_folder(void)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	/* The standard says that a relative path is to be ignored. */
	if (cache != NULL && cache[0] == '/') {
		return memory_format("%s/cnnviz", cache);
	}
	return home != NULL && home[0] == '/' ? memory_format("%s/.cache/cnnviz", home)
					      : NULL;
}

/** What must be equal for answers to mean the same */
static char *version(void)
{
	return memory_format("%d %s %u.%u %zu %zu", FORM, PACKAGE_VERSION,
			(unsigned)CNNVIZ_ABI_MAJOR, (unsigned)CNNVIZ_ABI_MINOR,
			sizeof(cnnviz_technique), sizeof(cnnviz_parameter));
}

static json_t *read_json(const char *path)
{
	struct mapping *file = NULL;
	json_t *json = NULL;

	if (path_is_file(path) && mapping_open(path, &file, NULL) == CNNVIZ_OK) {
		if (file->size <= SIZE_MAX_READ) {
			json = json_loadb((const char *)file->data, file->size, 0, NULL);
		}
		mapping_unref(file);
	}
	return json;
}

/** The object with what is remembered, by the files' paths; it may be empty. */
static json_t *parse_cache(const char *path)
{
	json_t *json = read_json(path);
	const char *found = json_string_value(json_object_get(json, "version"));
	char *wanted = version();
	json_t *files = json_object_get(json, "files");

	files = found != NULL && strcmp(found, wanted) == 0 && json_is_object(files)
			? json_incref(files)
			: json_object();
	json_decref(json);
	free(wanted);
	return files;
}

/** The file as it was last: test-plugin asks for it dozens of times. */
static struct {
	dev_t device;
	ino_t number; /* Another one replaces the file whenever it changes. */
	struct timespec modified;
	json_t *files; /* or NULL */
} last;

static bool is_last(const struct stat *now)
{
	return last.files != NULL && last.device == now->st_dev
			&& last.number == now->st_ino
			&& last.modified.tv_sec == now->st_mtim.tv_sec
			&& last.modified.tv_nsec == now->st_mtim.tv_nsec;
}

/** Takes a reference to the files. */
static void keep_last(const struct stat *now, json_t *files)
{
	json_decref(last.files);
	last.device = now->st_dev;
	last.number = now->st_ino;
	last.modified = now->st_mtim;
	last.files = files;
}

static json_t *read_cache(const char *path)
{
	struct stat now;

	if (stat(path, &now) != 0) {
		return json_object();
	}
	if (!is_last(&now)) {
		keep_last(&now, parse_cache(path));
	}
	return json_incref(last.files);
}

static void write_cache(const char *path, json_t *files)
{
	char *own = version();
	json_t *json = json_pack("{s:s,s:O}", "version", own, "files", files);
	struct writer *writer = NULL;
	struct stat now;

	if (writer_open(path, &writer, NULL) == CNNVIZ_OK) {
		json_dumpf(json, writer->stream, JSON_EXACT);
		if (writer_commit(writer, NULL) == CNNVIZ_OK && stat(path, &now) == 0) {
			keep_last(&now, json_incref(files));
		}
	}
	json_decref(json);
	free(own);
}

/* ---- What is remembered --------------------------------------------------------- */

static bool is_same(const json_t *entry, const struct plugin_file *file)
{
	return json_integer_value(json_object_get(entry, "size")) == file->size
			&& json_integer_value(json_object_get(entry, "modified"))
			== file->modified
			&& json_integer_value(json_object_get(entry, "changed"))
			== file->changed;
}

void cache_recall(struct plugin_files *files)
{
	char *folder = files->count > 0 ? cache_folder() : NULL;

	if (folder == NULL) {
		return;
	}
	char *path = path_join(folder, NAME);
	json_t *cache = read_cache(path);

	for (size_t i = 0; i < files->count; i++) {
		struct plugin_file *file = &files->items[i];
		json_t *entry = file->object != NULL
				? json_object_get(cache, file->object)
				: NULL;
		json_t *answer = json_object_get(entry, "answer");

		if (answer != NULL && is_same(entry, file)) {
			plugin_file_take(file, json_incref(answer), NULL);
		}
	}
	json_decref(cache);
	free(path);
	free(folder);
}

/** Forget files that are gone, such as those of removed folders. */
static void forget_removed(json_t *cache)
{
	const char *path;
	json_t *entry;
	void *next;

	json_object_foreach_safe(cache, next, path, entry)
	{
		if (!path_is_file(path)) {
			json_object_del(cache, path);
		}
	}
}

static void remember(json_t *cache, const struct plugin_file *file)
{
	if (file->object != NULL && file->answer != NULL && answer_lasts(file->answer)) {
		json_object_set_new(cache, file->object,
				json_pack("{s:I,s:I,s:I,s:O}", "size",
						(json_int_t)file->size, "modified",
						(json_int_t)file->modified, "changed",
						(json_int_t)file->changed, "answer",
						file->answer));
	}
}

void cache_store(const struct plugin_files *files)
{
	char *folder = cache_folder();

	if (folder == NULL || folder_create(folder, NULL) != CNNVIZ_OK) {
		free(folder);
		return;
	}
	char *path = path_join(folder, NAME);
	json_t *cache = read_cache(path);

	forget_removed(cache);
	for (size_t i = 0; i < files->count; i++) {
		remember(cache, &files->items[i]);
	}
	write_cache(path, cache);
	json_decref(cache);
	free(path);
	free(folder);
}

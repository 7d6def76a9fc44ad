/**
 * \file    plan/pictures.c
 * \brief   Reading [input] images: paths, wildcards, targets and lists of them
 */
#include "config.h" /* _GNU_SOURCE */

#include "plan/pictures.h"

#include <glob.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "image/read.h"
#include "plan/size.h"

/** More is no list of pictures, but a picture or weights given by mistake. */
#define LARGEST_LIST (16 << 20)
/** After so many lines with problems the file is something else altogether. */
#define MOST_PROBLEMS 20

/* ---- Names of pictures ------------------------------------------------------- */

/* How often a stem was asked for; the search tree's items */
struct stem {
	char *name;
	size_t last;
};

static int compare_stems(const void *a, const void *b)
{
	return strcmp(((const struct stem *)a)->name, ((const struct stem *)b)->name);
}

static void free_stem(void *item)
{
	struct stem *stem = item;

	free(stem->name);
	free(stem);
}

/* Stem by name; takes name. */
static struct stem *find_stem(void **tree, char *name, bool *found)
{
	struct stem *stem = memory_new(1, sizeof(*stem));

	stem->name = name;
	struct stem **place = tsearch(stem, tree, compare_stems);
	if (place == NULL) {
		free_stem(stem);
		return NULL;
	}
	*found = *place != stem;
	if (*found) {
		free_stem(stem);
	}
	return *place;
}

/* A folder's name from a file's: never hidden, never empty, never used before. */
static char *unique_name(void **tree, const char *path)
{
	char *name = path_stem(path);
	bool found = false;

	if (name[0] == '.') {
		name[0] = '_';
	}
	struct stem *stem = find_stem(tree, memory_text(name), &found);
	if (stem == NULL || !found) {
		return name;
	}
	size_t number = stem->last > 0 ? stem->last : 1;
	while (found) {
		free(name);
		number++;
		name = memory_format("%s-%zu", stem->name, number);
		if (find_stem(tree, memory_text(name), &found) == NULL) {
			break;
		}
	}
	stem->last = number;
	return name;
}

static void name_pictures(struct plan *plan)
{
	void *tree = NULL;

	for (size_t i = 0; i < plan->picture_count; i++) {
		plan->pictures[i].name = unique_name(&tree, plan->pictures[i].path);
	}
	tdestroy(tree, free_stem);
}

/* ---- Pictures ----------------------------------------------------------------- */

/** Where a picture is named: in `images` itself, or on a line of a list */
struct place {
	struct builder *builder;
	const char *folder; /* of relative paths; NULL: the current one */
	const char *list;   /* the list's path, or NULL */
	int line;           /* in the list */
};

CNNVIZ_PRINTF(2, 3)
static void place_problem(const struct place *place, const char *format, ...)
{
	struct error error;
	va_list arguments;

	va_start(arguments, format);
	error_vset(&error, CNNVIZ_ERROR_INPUT, format, arguments);
	va_end(arguments);
	if (place->list != NULL) {
		problems_add(place->builder->problems, place->list, place->line, NULL,
				NULL, "%s", error.text);
	} else {
		builder_problem(place->builder, "input", "images", "%s", error.text);
	}
}

/* Takes path. */
static void add_picture(const struct place *place, char *path, int64_t target)
{
	const struct graph *graph = place->builder->graph;
	struct plan *plan = place->builder->plan;
	size_t count = plan->picture_count++;
	int64_t width = 0, height = 0;
	struct error error;

	/* Room is doubled whenever it is used up: at 0, 1, 2, 4, ... pictures. */
	if ((count & (count - 1)) == 0) {
		plan->pictures = memory_resize(plan->pictures, count > 0 ? 2 * count : 1,
				sizeof(*plan->pictures));
	}
	plan->pictures[count] = (struct plan_picture){ .path = path, .target = target };
	if (image_probe(path, &width, &height, &error) != CNNVIZ_OK) {
		place_problem(place, "%s", error.text);
	} else if (plan->size_free && graph != NULL
			&& !plan_network_takes(graph, height, width, &error)) {
		place_problem(place,
				"\"%s\" cannot go in as it is, with resize = none: %s",
				path, error.text);
	}
}

/* The folder part must not be taken for a pattern. */
static char *escape_pattern(const char *text)
{
	char *escaped = memory_new(2 * strlen(text) + 1, 1);
	char *end = escaped;

	for (; *text != '\0'; text++) {
		if (strchr("*?[\\", *text) != NULL) {
			*end++ = '\\';
		}
		*end++ = *text;
	}
	return escaped;
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

/* Files that a path or pattern stands for, sorted, NULL-terminated; never NULL. */
static char **expand(const char *folder, const char *text)
{
	char **files = memory_new(1, sizeof(*files));
	size_t count = 0;
	char *whole = path_join(folder, text);
	glob_t found = { 0 };

	if (path_is_file(whole)) {
		files = memory_resize(files, 2, sizeof(*files));
		files[0] = memory_text(whole);
		files[1] = NULL;
	} else if (is_pattern(text)) {
		char *base = folder != NULL ? escape_pattern(folder) : NULL;
		char *pattern = path_join(base, text);
		if (glob(pattern, 0, NULL, &found) == 0) {
			files = memory_resize(files, found.gl_pathc + 1, sizeof(*files));
			for (size_t i = 0; i < found.gl_pathc; i++) {
				if (path_is_file(found.gl_pathv[i])) {
					files[count++] = memory_text(found.gl_pathv[i]);
				}
			}
			files[count] = NULL;
			globfree(&found);
		}
		free(pattern);
		free(base);
	}
	free(whole);
	return files;
}

/*
 * Split "PATH:TARGET". Both may hold colons, so the longest path that is there wins;
 * where none is, the last colon counts. Returns where the target starts in item, or
 * NULL; *files is what the path stands for.
 */
static char *split_item(const char *folder, char *item, char ***files)
{
	*files = expand(folder, item);
	if (**files != NULL) {
		return NULL;
	}
	for (char *colon = strrchr(item, ':'); colon != NULL;) {
		*colon = '\0';
		free(*files);
		*files = expand(folder, item);
		if (**files != NULL) {
			return colon + 1;
		}
		char *earlier = strrchr(item, ':');
		*colon = ':';
		colon = earlier;
	}
	char *last = strrchr(item, ':');
	if (last != NULL) {
		*last++ = '\0';
	}
	return last;
}

static void explain_absence(const struct place *place, const char *path)
{
	char *whole = path_join(place->folder, path);

	if (*path == '\0') {
		place_problem(place, "a picture's path is empty");
	} else if (path_is_folder(whole)) {
		place_problem(place,
				"\"%s\" is a folder; write %s%s*.png for the pictures in "
				"it",
				whole, path, path[strlen(path) - 1] == '/' ? "" : "/");
	} else if (is_pattern(path)) {
		place_problem(place, "no file matches \"%s\"", whole);
	} else {
		place_problem(place, "there is no file \"%s\"", whole);
	}
	free(whole);
}

/* PATH or PATH:TARGET */
static void read_item(const struct place *place, const char *text)
{
	char *item = memory_text(text);
	char **files = NULL;
	int64_t target = PLAN_TARGET_PREDICTED;
	struct error error;
	char *word = split_item(place->folder, item, &files);

	if (*files == NULL) {
		explain_absence(place, item);
	}
	if (word != NULL) {
		word += strspn(word, " \t");
		if (*word == '\0') {
			place_problem(place,
					"a class is missing after the colon of \"%s\"",
					text);
		} else if (builder_class(place->builder, word, &target, &error)
				!= CNNVIZ_OK) {
			place_problem(place, "%s (target of \"%s\")", error.text, item);
		}
	}
	for (size_t i = 0; files[i] != NULL; i++) {
		add_picture(place, files[i], target);
	}
	free(files);
	free(item);
}

/* ---- Lists -------------------------------------------------------------------- */

/* A list's file, or NULL with a problem of the place that names it */
static struct mapping *open_list(const struct place *place, const char *path)
{
	struct mapping *file = NULL;
	struct error error;

	if (mapping_open(path, &file, &error) != CNNVIZ_OK) {
		place_problem(place, "%s", error.text);
		return NULL;
	}
	if (file->size > LARGEST_LIST || memchr(file->data, '\0', file->size) != NULL) {
		place_problem(place,
				"\"%s\" is no text, so it cannot be a list of pictures; "
				"a picture is named without \"@\"",
				path);
		mapping_unref(file);
		return NULL;
	}
	return file;
}

static void read_list_line(const struct place *place, const char *text)
{
	if (strlen(text) > VALUE_LENGTH_MAX) {
		place_problem(place, "this line has more than %d characters; shorten it",
				VALUE_LENGTH_MAX);
	} else if (!text_is_utf8(text)) {
		place_problem(place,
				"this line is not in UTF-8; save the list in that "
				"encoding");
	} else if (*text == '@') {
		place_problem(place,
				"a list cannot name another one; write \"./%s\" for a "
				"picture of that name",
				text);
	} else {
		read_item(place, text);
	}
}

/* Read the lines of a list; returns how many name pictures. */
static size_t read_list_lines(struct place *place, const struct mapping *file)
{
	const char *next = (const char *)file->data;
	const char *end = next + file->size;
	const struct problems *problems = place->builder->problems;
	size_t before = problems->count;
	size_t count = 0;

	if (file->size >= 3 && memcmp(next, "\xEF\xBB\xBF", 3) == 0) {
		next += 3; /* a byte-order mark */
	}
	while (next < end) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		const char *stop = newline != NULL ? newline : end;
		char *text = text_trimmed(next, (size_t)(stop - next));

		place->line++;
		if (*text != '\0' && *text != '#') {
			read_list_line(place, text);
			count++;
		}
		free(text);
		next = newline != NULL ? newline + 1 : end;
		if (problems->count - before >= MOST_PROBLEMS && next < end) {
			place_problem(place,
					"there were too many problems to read on; is "
					"this a list of pictures?");
			break;
		}
	}
	return count;
}

/* Read the list that "@name" stands for. */
static void read_list(const struct place *outer, const char *name)
{
	char *path = path_join(outer->folder, name);
	struct mapping *file = open_list(outer, path);

	if (file != NULL) {
		char *folder = strchr(path, '/') != NULL ? path_folder(path) : NULL;
		struct place place = {
			.builder = outer->builder,
			.folder = folder,
			.list = path,
		};

		if (read_list_lines(&place, file) == 0) {
			place_problem(outer, "the list \"%s\" names no pictures", path);
		}
		free(folder);
		mapping_unref(file);
	}
	free(path);
}

/* ---- The key ------------------------------------------------------------------ */

void plan_read_pictures(struct builder *builder, const struct value *images,
		const struct plan_request *request)
{
	const struct place place = {
		.builder = builder,
		.folder = images->line > 0 ? builder->plan->ini->folder : NULL,
	};

	for (size_t i = 0; request == NULL && i < images->item_count; i++) {
		const char *text = images->items[i].text;

		if (*text == '@') {
			read_list(&place, text + 1);
		} else {
			read_item(&place, text);
		}
	}
	for (size_t i = 0; request != NULL && i < request->picture_count; i++) {
		add_picture(&place, memory_text(request->pictures[i]),
				PLAN_TARGET_PREDICTED);
	}
	name_pictures(builder->plan);
}

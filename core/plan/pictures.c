/**
 * \file    plan/pictures.c
 * \brief   Reads [input] images: paths, wildcards, targets and lists
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

/** A larger file is not a list, but a picture or weights given by mistake. */
#define LIST_SIZE_MAX (16 << 20)
/** After this many lines with problems the file is not a list of pictures. */
#define PROBLEMS_MAX 20

/* ---- Names of pictures ------------------------------------------------------- */

/* How often a stem was used; items of a search tree */
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

/* Find or add a stem by name; takes ownership of name. */
static struct stem *find_stem(void **tree, char *name, bool *found)
{
	struct stem *stem = memory_new(1, sizeof(*stem));

	stem->name = name;
	struct stem **origin = tsearch(stem, tree, compare_stems);
	if (origin == NULL) {
		free_stem(stem);
		return NULL;
	}
	*found = *origin != stem;
	if (*found) {
		free_stem(stem);
	}
	return *origin;
}

/* A folder's name from a file's: not hidden, not empty, not used before. */
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

/** Where a picture is given: in `images` itself, or on a line of a list */
struct origin {
	struct builder *builder;
	const char *folder; /* base of relative paths; NULL: current folder */
	const char *list;   /* the list's path, or NULL */
	int line;           /* in the list */
};

CNNVIZ_PRINTF(2, 3)
static void origin_problem(const struct origin *origin, const char *format, ...)
{
	struct error error;
	va_list arguments;

	va_start(arguments, format);
	error_vset(&error, CNNVIZ_ERROR_INPUT, format, arguments);
	va_end(arguments);
	if (origin->list != NULL) {
		problems_add(origin->builder->problems, origin->list, origin->line, NULL,
				NULL, "%s", error.text);
	} else {
		builder_problem(origin->builder, "input", "images", "%s", error.text);
	}
}

/* Takes ownership of path. */
static void add_picture(const struct origin *origin, char *path, int64_t target)
{
	const struct graph *graph = origin->builder->graph;
	struct plan *plan = origin->builder->plan;
	size_t count = plan->picture_count++;
	int64_t width = 0, height = 0;
	struct error error;

	/* The capacity doubles when it is used up: at 0, 1, 2, 4, ... pictures. */
	if ((count & (count - 1)) == 0) {
		plan->pictures = memory_resize(plan->pictures, count > 0 ? 2 * count : 1,
				sizeof(*plan->pictures));
	}
	plan->pictures[count] = (struct plan_picture){ .path = path, .target = target };
	if (image_probe(path, &width, &height, &error) != CNNVIZ_OK) {
		origin_problem(origin, "%s", error.text);
	} else if (plan->size_free && graph != NULL
			&& !plan_network_takes(graph, height, width, &error)) {
		origin_problem(origin,
				"\"%s\" cannot be used without resizing (resize = none): "
				"%s",
				path, error.text);
	}
}

/* Escape a path, so that it is not taken for a pattern. */
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

/* Files that match a path or pattern, sorted, NULL-terminated; never NULL. */
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
 * Split "PATH:TARGET". Both may contain colons, so the longest existing path is used;
 * if none exists, the last colon counts. Returns the start of the target in item, or
 * NULL; *files gets the files that match the path.
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

static void explain_absence(const struct origin *origin, const char *path)
{
	char *whole = path_join(origin->folder, path);

	if (*path == '\0') {
		origin_problem(origin, "a picture's path is empty");
	} else if (path_is_folder(whole)) {
		origin_problem(origin,
				"\"%s\" is a folder; write %s%s*.png for the pictures in "
				"it",
				whole, path, path[strlen(path) - 1] == '/' ? "" : "/");
	} else if (is_pattern(path)) {
		origin_problem(origin, "no file matches \"%s\"", whole);
	} else {
		origin_problem(origin, "there is no file \"%s\"", whole);
	}
	free(whole);
}

/* PATH or PATH:TARGET */
static void read_item(const struct origin *origin, const char *text)
{
	char *item = memory_text(text);
	char **files = NULL;
	int64_t target = PLAN_TARGET_PREDICTED;
	struct error error;
	char *word = split_item(origin->folder, item, &files);

	if (*files == NULL) {
		explain_absence(origin, item);
	}
	if (word != NULL) {
		word += strspn(word, " \t");
		if (*word == '\0') {
			origin_problem(origin,
					"a class is missing after the colon of \"%s\"",
					text);
		} else if (builder_class(origin->builder, word, &target, &error)
				!= CNNVIZ_OK) {
			origin_problem(origin, "%s (target of \"%s\")", error.text, item);
		}
	}
	for (size_t i = 0; files[i] != NULL; i++) {
		add_picture(origin, files[i], target);
	}
	free(files);
	free(item);
}

/* ---- Lists -------------------------------------------------------------------- */

/* Open a list's file; NULL with a problem at the origin that gives it */
static struct mapping *open_list(const struct origin *origin, const char *path)
{
	struct mapping *file = NULL;
	struct error error;

	if (mapping_open(path, &file, &error) != CNNVIZ_OK) {
		origin_problem(origin, "%s", error.text);
		return NULL;
	}
	if (file->size > LIST_SIZE_MAX || memchr(file->data, '\0', file->size) != NULL) {
		origin_problem(origin,
				"\"%s\" is not text, so it cannot be a list of pictures; "
				"give a picture without \"@\"",
				path);
		mapping_unref(file);
		return NULL;
	}
	return file;
}

static void read_list_line(const struct origin *origin, const char *text)
{
	if (strlen(text) > VALUE_LENGTH_MAX) {
		origin_problem(origin,
				"this line has more than %d characters; shorten it",
				VALUE_LENGTH_MAX);
	} else if (!text_is_utf8(text)) {
		origin_problem(origin,
				"this line is not UTF-8; save the list in that encoding");
	} else if (*text == '@') {
		origin_problem(origin,
				"a list cannot contain another list; write \"./%s\" for "
				"a picture with this name",
				text);
	} else {
		read_item(origin, text);
	}
}

/* Read the lines of a list; returns the number of lines with pictures. */
static size_t read_list_lines(struct origin *origin, const struct mapping *file)
{
	const char *next = (const char *)file->data;
	const char *end = next + file->size;
	const struct problems *problems = origin->builder->problems;
	size_t before = problems->count;
	size_t count = 0;

	if (file->size >= 3 && memcmp(next, "\xEF\xBB\xBF", 3) == 0) {
		next += 3; /* a byte-order mark */
	}
	while (next < end) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		const char *stop = newline != NULL ? newline : end;
		char *text = text_trimmed(next, (size_t)(stop - next));

		origin->line++;
		if (*text != '\0' && *text != '#') {
			read_list_line(origin, text);
			count++;
		}
		free(text);
		next = newline != NULL ? newline + 1 : end;
		if (problems->count - before >= PROBLEMS_MAX && next < end) {
			origin_problem(origin,
					"fix these first; more may follow (is this a "
					"list of pictures?)");
			break;
		}
	}
	return count;
}

/* Read the list "@name". */
static void read_list(const struct origin *outer, const char *name)
{
	char *path = path_join(outer->folder, name);
	struct mapping *file = open_list(outer, path);

	if (file != NULL) {
		char *folder = strchr(path, '/') != NULL ? path_folder(path) : NULL;
		struct origin origin = {
			.builder = outer->builder,
			.folder = folder,
			.list = path,
		};

		if (read_list_lines(&origin, file) == 0) {
			origin_problem(outer, "the list \"%s\" has no pictures", path);
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
	const struct origin origin = {
		.builder = builder,
		.folder = images->line > 0 ? builder->plan->ini->folder : NULL,
	};

	for (size_t i = 0; request == NULL && i < images->item_count; i++) {
		const char *text = images->items[i].text;

		if (*text == '@') {
			read_list(&origin, text + 1);
		} else {
			read_item(&origin, text);
		}
	}
	for (size_t i = 0; request != NULL && i < request->picture_count; i++) {
		add_picture(&origin, memory_text(request->pictures[i]),
				PLAN_TARGET_PREDICTED);
	}
	name_pictures(builder->plan);
}

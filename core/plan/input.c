/**
 * \file    plan/input.c
 * \brief   Reading [input]: sizes and pictures
 */
#include "config.h" /* _GNU_SOURCE */

#include "plan/build.h"

#include <glob.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

#define IMAGES "images"

/* ---- Size ------------------------------------------------------------------ */

bool plan_parse_size(const char *text, int64_t size[2])
{
	char *spaced = memory_text(text);
	size_t count = 0;
	bool good = true;

	for (char *c = spaced; *c != '\0'; c++) {
		if (*c == 'x') {
			*c = ' ';
		}
	}
	char **words = value_words(spaced, &count);
	if (count == 1 || count == 2) {
		for (size_t i = 0; i < 2; i++) {
			good = good && value_int(words[count == 2 ? i : 0], &size[i])
					&& size[i] >= 1 && size[i] <= IMAGE_MAX_EXTENT;
		}
	} else {
		good = false;
	}
	free(words);
	free(spaced);
	return good;
}

/* Whether the network takes an input of a size; says why not. */
static bool network_takes(const struct graph *graph, int64_t height, int64_t width,
		struct error *error)
{
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	cnnviz_status status = graph_infer(graph, height, width, shapes, error);

	free(shapes);
	return status == CNNVIZ_OK;
}

static void read_size(struct builder *builder, const struct value *size)
{
	struct plan *plan = builder->plan;
	const struct graph *graph = builder->graph;
	struct error error;

	if (graph != NULL) {
		plan->size[0] = graph->input_size[0];
		plan->size[1] = graph->input_size[1];
	}
	if (size->text == NULL) {
		return;
	}
	if (plan->size_free) {
		builder_problem(builder, "input", "size",
				"pictures keep their own sizes with resize = none; "
				"remove the one or the other");
	} else if (!plan_parse_size(size->text, plan->size)) {
		builder_problem(builder, "input", "size",
				"\"%s\" is no size; write height and width, 1 to %d, as "
				"in 224 224",
				size->text, IMAGE_MAX_EXTENT);
	} else if (graph != NULL
			&& !network_takes(graph, plan->size[0], plan->size[1], &error)) {
		builder_problem(builder, "input", "size", "%s", error.text);
	}
}

/* ---- Region ----------------------------------------------------------------- */

void plan_read_region(struct builder *builder, const char *section,
		const struct value *value, struct region *region)
{
	struct error error;

	if (value->text == NULL) {
		return;
	}
	if (builder->graph != NULL && !graph_is_dense(builder->graph)) {
		builder_problem(builder, section, "region",
				"%s gives one score for each "
				"class, not a map for each, so there are no regions; "
				"remove the key",
				builder->graph->name);
		return;
	}
	char *path = builder_path(builder, value, value->text);
	if (region_read(value->text, path, region, &error) != CNNVIZ_OK) {
		builder_problem(builder, section, "region", "%s", error.text);
	}
	free(path);
}

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

/* Takes path. */
static void add_picture(struct builder *builder, char *path, int64_t target)
{
	struct plan *plan = builder->plan;
	int64_t width = 0, height = 0;
	struct error error;

	plan->pictures = memory_resize(plan->pictures, plan->picture_count + 1,
			sizeof(*plan->pictures));
	plan->pictures[plan->picture_count++] = (struct plan_picture){
		.path = path,
		.target = target,
	};
	if (image_probe(path, &width, &height, &error) != CNNVIZ_OK) {
		builder_problem(builder, "input", IMAGES, "%s", error.text);
	} else if (plan->size_free && builder->graph != NULL
			&& !network_takes(builder->graph, height, width, &error)) {
		builder_problem(builder, "input", IMAGES,
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

static void explain_absence(struct builder *builder, const char *folder, const char *path)
{
	char *whole = path_join(folder, path);

	if (*path == '\0') {
		builder_problem(builder, "input", IMAGES, "a picture's path is empty");
	} else if (path_is_folder(whole)) {
		builder_problem(builder, "input", IMAGES,
				"\"%s\" is a folder; write %s%s*.png for the pictures in "
				"it",
				whole, path, path[strlen(path) - 1] == '/' ? "" : "/");
	} else if (is_pattern(path)) {
		builder_problem(builder, "input", IMAGES, "no file matches \"%s\"",
				whole);
	} else {
		builder_problem(builder, "input", IMAGES, "there is no file \"%s\"",
				whole);
	}
	free(whole);
}

static void read_item(struct builder *builder, const char *folder, const char *text)
{
	char *item = memory_text(text);
	char **files = NULL;
	int64_t target = PLAN_TARGET_PREDICTED;
	struct error error;
	char *word = split_item(folder, item, &files);

	if (*files == NULL) {
		explain_absence(builder, folder, item);
	}
	if (word != NULL) {
		word += strspn(word, " \t");
		if (*word == '\0') {
			builder_problem(builder, "input", IMAGES,
					"a class is missing after the colon of \"%s\"",
					text);
		} else if (builder_class(builder, word, &target, &error) != CNNVIZ_OK) {
			builder_problem(builder, "input", IMAGES, "%s (target of \"%s\")",
					error.text, item);
		}
	}
	for (size_t i = 0; files[i] != NULL; i++) {
		add_picture(builder, files[i], target);
	}
	free(files);
	free(item);
}

static void read_images(struct builder *builder, const struct value *images)
{
	const char *folder = images->line > 0 ? builder->plan->ini->folder : NULL;
	size_t count = 0;

	if (images->text == NULL) {
		return;
	}
	char **items = value_list(images->text, &count);
	if (count == 0) {
		builder_problem(builder, "input", IMAGES,
				"name a picture, or remove the key");
	}
	for (size_t i = 0; i < count; i++) {
		read_item(builder, folder, items[i]);
	}
	free(items);
}

void plan_read_input(struct builder *builder, const struct value *values,
		const struct plan_request *request)
{
	struct plan *plan = builder->plan;

	plan->fit = (enum image_fit)values[INPUT_RESIZE].integer;
	plan->filter = (uint32_t)values[INPUT_FILTER].integer;
	plan->size_free = plan->fit == IMAGE_FIT_NONE;
	read_size(builder, &values[INPUT_SIZE]);
	plan_read_region(builder, "input", &values[INPUT_REGION], &plan->region);
	if (request == NULL) {
		read_images(builder, &values[INPUT_IMAGES]);
	}
	for (size_t i = 0; request != NULL && i < request->picture_count; i++) {
		add_picture(builder, memory_text(request->pictures[i]),
				PLAN_TARGET_PREDICTED);
	}
	name_pictures(plan);
}

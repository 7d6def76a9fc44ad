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
#include "base/limits.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "base/text.h"
#include "image/array.h"
#include "image/image.h"
#include "image/read.h"
#include "plan/picture_parts.h"
#include "plan/shard.h"
#include "plan/size.h"

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

void plan_name_pictures(struct plan *plan)
{
	void *tree = NULL;

	for (size_t i = 0; i < plan->picture_count; i++) {
		free(plan->pictures[i].name);
		plan->pictures[i].name = unique_name(&tree, plan->pictures[i].path);
	}
	tdestroy(tree, free_stem);
}

/* ---- Pictures ----------------------------------------------------------------- */

void picture_problem(const struct picture_origin *origin, const char *format, ...)
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
		builder_problem(origin->builder, origin->section, origin->key, "%s",
				error.text);
	}
}

/* Size of a picture, from its header or, with `check --decode`, from its pixels */
static cnnviz_status measure_picture(const char *path, bool decode, int64_t *width,
		int64_t *height, struct error *error)
{
	struct image *image = NULL;

	if (!decode) {
		return image_probe(path, width, height, error);
	}
	cnnviz_status status = image_read(path, &image, error);

	if (status == CNNVIZ_OK) {
		*width = image->width;
		*height = image->height;
	}
	image_free(image);
	return status;
}

/* Size of an array, all of which is read: it is not large, and may hold anything. */
static cnnviz_status measure_array(const struct graph *graph,
		struct plan_picture *picture, struct error *error)
{
	int channels = graph != NULL ? graph->normalization.channels : 0;
	cnnviz_tensor *input = NULL;
	cnnviz_status status = array_read(picture->path, channels, &input, error);

	if (status == CNNVIZ_OK) {
		picture->height = tensor_shape(input)[1];
		picture->width = tensor_shape(input)[2];
	}
	tensor_unref(input);
	return status;
}

/* Whether the network takes a picture of this size, which will not be fitted */
static cnnviz_status check_size(const struct plan *plan, const struct graph *graph,
		const struct plan_picture *picture, struct error *error)
{
	struct error why;

	if (plan->size_free) {
		return plan_network_takes(graph, picture->height, picture->width, &why)
				? CNNVIZ_OK
				: error_set(error, CNNVIZ_ERROR_INPUT,
						"\"%s\" cannot be used without "
						"resizing (resize = none): %s",
						picture->path, why.text);
	}
	if (!picture->array
			|| (picture->height == plan->size[0]
					&& picture->width == plan->size[1])) {
		return CNNVIZ_OK;
	}
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"%s has %lldx%lld values in a channel, but inputs have "
			"%lldx%lld, "
			"and arrays are not resized; save it in that size, or give "
			"[input] size = %lld %lld",
			picture->path, (long long)picture->height,
			(long long)picture->width, (long long)plan->size[0],
			(long long)plan->size[1], (long long)picture->height,
			(long long)picture->width);
}

cnnviz_status plan_check_picture(const struct plan *plan, const struct graph *graph,
		bool decode, struct plan_picture *picture, struct error *error)
{
	cnnviz_status status;

	picture->array = image_is_array(picture->path);
	status = picture->array ? measure_array(graph, picture, error)
				: measure_picture(picture->path, decode, &picture->width,
						&picture->height, error);
	if (status != CNNVIZ_OK || graph == NULL) {
		return status;
	}
	if (!picture->array && !channels_are_picture(graph->normalization.channels)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s is a picture, but %s takes %d channels, which no "
				"picture has; give its inputs as arrays (.npy)",
				picture->path, graph->name,
				graph->normalization.channels);
	}
	return check_size(plan, graph, picture, error);
}

/* Whether another shard of the run makes the results of a picture */
static bool is_elsewhere(const struct picture_origin *origin, const char *path)
{
	const struct plan *plan = origin->builder->plan;

	if (!origin->results || plan->shard.count == 0) {
		return false;
	}
	char *name = shard_name(plan->ini->folder, path);
	bool elsewhere = shard_of(name, plan->shard.count) != plan->shard.index;

	free(name);
	return elsewhere;
}

/* Takes ownership of path. */
static void add_picture(const struct picture_origin *origin, char *path, int64_t target)
{
	struct picture_set *set = origin->set;
	size_t count = set->count++;
	struct error error;

	/* The capacity doubles when it is used up: at 0, 1, 2, 4, ... pictures. */
	if ((count & (count - 1)) == 0) {
		set->items = memory_resize(set->items, count > 0 ? 2 * count : 1,
				sizeof(*set->items));
	}
	set->items[count] = (struct plan_picture){
		.path = path,
		.target = target,
		.elsewhere = is_elsewhere(origin, path),
	};
	/* Not every shard is to open all pictures of a run. */
	if (set->items[count].elsewhere || builder_merges(origin->builder)) {
		return;
	}
	if (plan_check_picture(origin->builder->plan, origin->builder->graph,
			    builder_decodes(origin->builder), &set->items[count], &error)
			!= CNNVIZ_OK) {
		set->items[count].failure = memory_text(error.text);
	}
}

/* Report the pictures from some index on that cannot be used. */
static void report_pictures(const struct picture_origin *origin, size_t first)
{
	const struct picture_set *set = origin->set;

	for (size_t i = first; i < set->count; i++) {
		if (set->items[i].failure != NULL) {
			picture_problem(origin, "%s", set->items[i].failure);
		}
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

static void explain_absence(const struct picture_origin *origin, const char *path)
{
	char *whole = path_join(origin->folder, path);

	if (*path == '\0') {
		picture_problem(origin, "a picture's path is empty");
	} else if (path_is_folder(whole)) {
		picture_problem(origin,
				"\"%s\" is a folder; write %s%s*.png for the pictures in "
				"it",
				whole, path, path[strlen(path) - 1] == '/' ? "" : "/");
	} else if (is_pattern(path)) {
		picture_problem(origin, "no file matches \"%s\"", whole);
	} else {
		picture_problem(origin, "there is no file \"%s\"%s", whole,
				origin->list != NULL && strchr(path, ',') != NULL
						? "; lines of path,target need the line "
						  "path,target at the top, or a list "
						  "with the suffix .csv"
						: "");
	}
	free(whole);
}

/** Read a picture's class; PLAN_TARGET_PREDICTED with a problem */
static int64_t read_target(const struct picture_origin *origin, const char *word,
		const char *path)
{
	int64_t target = PLAN_TARGET_PREDICTED;
	struct error error;

	if (builder_target(origin->builder, word, &target, &error) != CNNVIZ_OK) {
		picture_problem(origin, "%s (target of \"%s\")", error.text, path);
	}
	return target;
}

/** Whether the set may have so many more pictures; a problem if not */
static bool has_room(const struct picture_origin *origin, size_t count)
{
	struct error error;

	if (limit_check(LIMIT_PICTURES, origin->set->count + count, &error, "there are")
			== CNNVIZ_OK) {
		return true;
	}
	picture_problem(origin, "%s", error.text);
	return false;
}

/** Takes ownership of files, a result of expand(). */
static void add_pictures(const struct picture_origin *origin, const char *path,
		char **files, int64_t target)
{
	size_t first = origin->set->count, count = 0;

	if (*files == NULL) {
		explain_absence(origin, path);
	}
	while (files[count] != NULL) {
		count++;
	}
	bool room = has_room(origin, count);

	for (size_t i = 0; i < count; i++) {
		if (room) {
			add_picture(origin, files[i], target);
		} else {
			free(files[i]);
		}
	}
	report_pictures(origin, first);
	free(files);
}

void picture_read_item(const struct picture_origin *origin, const char *text)
{
	char *item = memory_text(text);
	char **files = NULL;
	int64_t target = PLAN_TARGET_PREDICTED;
	char *word = split_item(origin->folder, item, &files);

	if (word != NULL) {
		word += strspn(word, " \t");
		if (*word == '\0') {
			picture_problem(origin,
					"a class is missing after the colon of \"%s\"",
					text);
		} else {
			target = read_target(origin, word, item);
		}
	}
	add_pictures(origin, item, files, target);
	free(item);
}

void picture_read_pair(const struct picture_origin *origin, const char *path,
		const char *target)
{
	add_pictures(origin, path, expand(origin->folder, path),
			*target != '\0' ? read_target(origin, target, path)
					: PLAN_TARGET_PREDICTED);
}

/* ---- A request ---------------------------------------------------------------- */

/* One picture that cannot be used must not hold up the others. */
static void read_request(const struct picture_origin *origin,
		const struct plan_request *request)
{
	size_t unusable = 0;

	if (!has_room(origin, request->picture_count)) {
		return;
	}
	for (size_t i = 0; i < request->picture_count; i++) {
		add_picture(origin, memory_text(request->pictures[i]),
				PLAN_TARGET_PREDICTED);
		unusable += origin->set->items[i].failure != NULL;
	}
	if (unusable == request->picture_count) {
		report_pictures(origin, 0);
	}
}

/* ---- The key ------------------------------------------------------------------ */

/** Whether a text is PATH:TARGET of a picture and a class that exist */
static bool is_whole(const struct picture_origin *origin, const char *text)
{
	char *item = memory_text(text);
	char **files = NULL;
	int64_t target = PLAN_TARGET_PREDICTED;
	struct error error;
	const char *word = split_item(origin->folder, item, &files);
	bool whole = word != NULL && *files != NULL
			&& builder_target(origin->builder, word, &target, &error)
					== CNNVIZ_OK
			&& target != PLAN_TARGET_PREDICTED;

	for (size_t i = 0; files[i] != NULL; i++) {
		free(files[i]);
	}
	free(files);
	free(item);
	return whole;
}

/**
 * Join items that together are one with a class of several names, such as
 * "a.png:great white shark" and "white shark"
 *
 * \return  Number of items; *joined is their text, malloc'ed
 */
static size_t join_items(const struct picture_origin *origin, const struct value *images,
		size_t first, char **joined)
{
	size_t used = 1;
	bool going = strchr(images->items[first].text, ':') != NULL;

	*joined = memory_text(images->items[first].text);
	while (going && first + used < images->item_count) {
		char *longer = memory_format("%s, %s", *joined,
				images->items[first + used].text);

		going = is_whole(origin, longer);
		if (going) {
			used++;
			free(*joined);
			*joined = longer;
		} else {
			free(longer);
		}
	}
	return used;
}

static void read_items(const struct picture_origin *origin, const struct value *images)
{
	for (size_t i = 0; i < images->item_count;) {
		const char *text = images->items[i].text;

		if (*text == '@') {
			picture_read_list(origin, text + 1);
			i++;
		} else {
			char *item = NULL;

			i += join_items(origin, images, i, &item);
			picture_read_item(origin, item);
			free(item);
		}
	}
}

static const char *base_folder(const struct builder *builder, const struct value *value)
{
	return value->line > 0 ? builder->plan->ini->folder : NULL;
}

void plan_read_pictures(struct builder *builder, const struct value *images,
		const struct plan_request *request)
{
	struct picture_set set = { NULL, 0 };
	const struct picture_origin origin = {
		.builder = builder,
		.set = &set,
		.section = "input",
		.key = "images",
		.folder = base_folder(builder, images),
		.results = true,
	};

	if (request != NULL) {
		read_request(&origin, request);
	} else {
		read_items(&origin, images);
	}
	builder->plan->pictures = set.items;
	builder->plan->picture_count = set.count;
	plan_name_pictures(builder->plan);
}

void plan_check_surveyed(struct builder *builder)
{
	struct plan *plan = builder->plan;
	bool surveyed = false;
	struct error error;

	for (size_t i = 0; i < plan->job_count && !surveyed; i++) {
		surveyed = plan->jobs[i].plugin != NULL
				&& plan->jobs[i].plugin->technique.prepare != NULL;
	}
	for (size_t i = 0; i < plan->picture_count && surveyed; i++) {
		if (plan->pictures[i].elsewhere
				&& plan_check_picture(plan, builder->graph, false,
						   &plan->pictures[i], &error)
						!= CNNVIZ_OK) {
			builder_problem(builder, "input", "images", "%s", error.text);
		}
	}
}

/* ---- Sets of jobs -------------------------------------------------------------- */

/** Make pictures the items of a value; frees them. */
static void keep_paths(const struct picture_origin *origin, struct value *value)
{
	struct picture_set *set = origin->set;

	value->items = memory_new(set->count, sizeof(*value->items));
	value->item_count = set->count;
	for (size_t i = 0; i < set->count; i++) {
		struct plan_picture *picture = &set->items[i];

		if (picture->target != PLAN_TARGET_PREDICTED) {
			picture_problem(origin,
					"\"%s\" has a class, which has no meaning "
					"here; give the path alone",
					picture->path);
		}
		value->items[i] = (struct value){ .set = true, .text = picture->path };
		free(picture->failure);
	}
	free(set->items);
}

void plan_read_picture_set(struct builder *builder, const char *section, const char *key,
		struct value *value)
{
	struct picture_set set = { NULL, 0 };
	const struct picture_origin origin = {
		.builder = builder,
		.set = &set,
		.section = section,
		.key = key,
		.folder = base_folder(builder, value),
	};
	struct value texts = { .items = NULL };
	char **items = value_list(value->text, &texts.item_count);

	texts.items = memory_new(texts.item_count, sizeof(*texts.items));
	for (size_t i = 0; i < texts.item_count; i++) {
		texts.items[i].text = items[i];
	}
	read_items(&origin, &texts);
	keep_paths(&origin, value);
	free(texts.items);
	free(items);
}

/**
 * \file    graph/model.c
 * \brief   A network ready to run, found, loaded and checked
 */
#include "graph/model.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"
#include "graph/bind.h"

/* ---- Descriptions ------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static void free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		free(names[i]);
	}
	free(names);
}

/** NAME in the first of some folders (NULL-terminated, or NULL) that has it */
static char *find_in_folders(char *const *folders, const char *name)
{
	for (; folders != NULL && *folders != NULL; folders++) {
		char *path = path_join(*folders, name);

		if (path_is_file(path)) {
			return path;
		}
		free(path);
	}
	return NULL;
}

char *model_find(const struct model_paths *paths, const char *folder, const char *name)
{
	bool is_path = strchr(name, '/') != NULL || ends_with(name, ".ini");
	char *file, *path;

	if (is_path) {
		path = path_join(folder, name);
		if (path_is_file(path)) {
			return path;
		}
		free(path);
		return strchr(name, '/') != NULL ? NULL
						 : find_in_folders(paths->folders, name);
	}
	file = memory_format("%s.ini", name);
	path = find_in_folders(paths->folders, file);
	free(file);
	return path;
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

		if (!ends_with(item->d_name, ".ini") || item->d_name[0] == '.') {
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

/* ---- Loading ----------------------------------------------------------- */

/** What model_load() was asked for, and where the answers go */
struct loader {
	const struct model_paths *paths;
	const char *folder;
	struct problems *problems;
	struct model *model;
};

static void loader_problem(struct loader *loader, const char *key, const char *format,
		...) CNNVIZ_PRINTF(3, 4);

static void loader_problem(struct loader *loader, const char *key, const char *format,
		...)
{
	struct error error;
	va_list arguments;

	va_start(arguments, format);
	error_vset(&error, CNNVIZ_ERROR_INPUT, format, arguments);
	va_end(arguments);
	problems_add(loader->problems, NULL, 0, "model", key, "%s", error.text);
}

static const char *entry_name(const void *context, size_t i)
{
	return ((const struct model_entry *)context)[i].name;
}

static void architecture_missing(struct loader *loader, const char *name)
{
	size_t count;
	struct model_entry *entries = model_list(loader->paths, &count);
	const char *nearest = text_nearest(name, entry_name, entries);

	if (strchr(name, '/') != NULL || ends_with(name, ".ini")) {
		char *path = path_join(loader->folder, name);

		loader_problem(loader, "architecture", "there is no file %s", path);
		free(path);
	} else {
		loader_problem(loader, "architecture",
				"there is no network \"%s\"%s%s%s; "
				"\"cnnviz models\" lists them, and one of your own goes "
				"by the "
				"path of its INI file",
				name, nearest != NULL ? "; did you mean \"" : "",
				nearest != NULL ? nearest : "",
				nearest != NULL ? "\"?" : "");
	}
	model_list_free(entries, count);
}

static bool load_architecture(struct loader *loader, const char *name)
{
	char *path = model_find(loader->paths, loader->folder, name);

	if (path == NULL) {
		architecture_missing(loader, name);
		return false;
	}
	loader->model->graph = graph_import_ini(path, loader->problems);
	free(path);
	return loader->model->graph != NULL;
}

/* ---- Weights: where they are ------------------------------------------- */

/**
 * Folders that a bare file name is looked up in: NULL-terminated, owned.
 *
 * \param   folder  Looked in first, or NULL
 */
static char **weights_folders(const struct loader *loader, const char *folder)
{
	const char *torch = getenv("TORCH_HOME");
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *const *listed = loader->paths->folders;
	char **folders;
	size_t count = 0;
	size_t n = 0;

	while (listed != NULL && listed[count] != NULL) {
		count++;
	}
	folders = memory_new(count + 5, sizeof(*folders));
	if (folder != NULL) {
		folders[n++] = memory_text(folder);
	}
	folders[n++] = path_folder(loader->model->graph->source);
	for (size_t i = 0; i < count; i++) {
		folders[n++] = memory_text(listed[i]);
	}
	if (torch != NULL && torch[0] != '\0') {
		folders[n++] = memory_format("%s/hub/checkpoints", torch);
	}
	if (cache != NULL && cache[0] != '\0') {
		folders[n++] = memory_format("%s/torch/hub/checkpoints", cache);
	} else if (home != NULL && home[0] != '\0') {
		folders[n++] = memory_format("%s/.cache/torch/hub/checkpoints", home);
	}
	return folders;
}

/** "a, b, c" without repetitions */
static char *join_names(char *const *names)
{
	char *text = memory_text("");

	for (size_t i = 0; names[i] != NULL; i++) {
		bool repeated = false;
		char *longer;

		for (size_t k = 0; k < i; k++) {
			repeated = repeated || strcmp(names[i], names[k]) == 0;
		}
		if (repeated) {
			continue;
		}
		longer = memory_format("%s%s%s", text, i > 0 ? ", " : "", names[i]);
		free(text);
		text = longer;
	}
	return text;
}

static char *find_bare(struct loader *loader, const char *name)
{
	char **folders = weights_folders(loader,
			loader->folder != NULL ? loader->folder : ".");
	char *path = find_in_folders(folders, name);

	if (path == NULL) {
		char *looked = join_names(folders);

		loader_problem(loader, "weights", "there is no file %s in any of %s",
				name, looked);
		free(looked);
	}
	free_names(folders);
	return path;
}

/** The first of the files that the description names, anywhere */
static char *find_published(struct loader *loader)
{
	const struct graph *graph = loader->model->graph;
	char **folders = weights_folders(loader, NULL);
	char *path = NULL;
	char *looked, *names;

	for (char **name = graph->weights_names;
			path == NULL && name != NULL && *name != NULL; name++) {
		path = find_in_folders(folders, *name);
	}
	if (path != NULL) {
		goto done;
	}
	if (graph->weights_names == NULL || graph->weights_names[0] == NULL) {
		loader_problem(loader, "weights",
				"it is missing, and %s names no weights "
				"of its own; give weights = FILE, or weights = random "
				"for "
				"seeded random ones",
				graph->name);
		goto done;
	}
	looked = join_names(folders);
	names = join_names(graph->weights_names);
	loader_problem(loader, "weights",
			"the published weights of %s, %s, are in none "
			"of %s; put the file there, or give weights = FILE, or weights = "
			"random for seeded random ones",
			graph->name, names, looked);
	free(looked);
	free(names);
done:
	free_names(folders);
	return path;
}

/** The file that lies beside the description */
static char *find_embedded(struct loader *loader)
{
	const struct graph *graph = loader->model->graph;
	char *folder = path_folder(graph->source);
	char *const folders[] = { folder, NULL };
	char *path = NULL;

	for (char **name = graph->weights_names;
			path == NULL && name != NULL && *name != NULL; name++) {
		path = find_in_folders(folders, *name);
	}
	if (path == NULL) {
		char *names = graph->weights_names == NULL
				? NULL
				: join_names(graph->weights_names);

		loader_problem(loader, "weights",
				"no weights come with %s: %s%s%s; give "
				"weights = FILE, or weights = random for seeded random "
				"ones",
				graph->name, graph->source,
				names != NULL ? " names a file that is not beside it, "
					      : " names none",
				names != NULL ? names : "");
		free(names);
	}
	free(folder);
	return path;
}

static char *find_weights(struct loader *loader, const char *text)
{
	char *path;

	if (text == NULL) {
		return find_published(loader);
	}
	if (strcmp(text, "embedded") == 0) {
		return find_embedded(loader);
	}
	if (strchr(text, '/') == NULL) {
		return find_bare(loader, text);
	}
	path = path_join(loader->folder, text);
	if (!path_is_file(path)) {
		loader_problem(loader, "weights", "there is no file %s", path);
		free(path);
		return NULL;
	}
	return path;
}

/* ---- Weights: what they are -------------------------------------------- */

/** "random" or "random:SEED"; false when the text is neither */
static bool is_random(const char *text, bool *valid, uint64_t *seed)
{
	int64_t value = 0;

	if (text == NULL || strncmp(text, "random", 6) != 0
			|| (text[6] != '\0' && text[6] != ':')) {
		return false;
	}
	*valid = text[6] == '\0' || (value_int(text + 7, &value) && value >= 0);
	*seed = (uint64_t)value;
	return true;
}

/**
 * Hexadecimal digits that torch hub puts at the end of file names: after the last
 * '-' and before the extension, 8 or more.
 */
static char *hub_hash(const char *path)
{
	char *stem = path_stem(path);
	const char *dash = strrchr(stem, '-');
	char *hash = NULL;

	if (dash != NULL) {
		size_t length = strspn(dash + 1, "0123456789abcdef");

		if (length >= 8 && length <= 64 && dash[1 + length] == '\0') {
			hash = memory_text(dash + 1);
		}
	}
	free(stem);
	return hash;
}

static void verify_hash(struct loader *loader)
{
	struct model *model = loader->model;
	char *hash = hub_hash(model->weights_path);

	if (hash == NULL) {
		loader_problem(loader, "verify",
				"%s cannot be verified: its name carries no "
				"hash (as in alexnet-owt-7be5be79.pth)",
				model->weights_path);
		return;
	}
	model_digest(model);
	if (strncmp(model->digest, hash, strlen(hash)) != 0) {
		loader_problem(loader, "weights",
				"%s is not what its name says: its SHA-256 "
				"begins with %.*s instead of %s; fetch it again",
				model->weights_path, (int)strlen(hash), model->digest,
				hash);
	}
	free(hash);
}

static bool load_weights(struct loader *loader, const char *text, bool verify)
{
	struct model *model = loader->model;
	size_t before = loader->problems->count;
	struct error error;
	bool valid;
	uint64_t seed;

	if (is_random(text, &valid, &seed)) {
		if (!valid) {
			loader_problem(loader, "weights",
					"\"%s\" is not random or "
					"random:SEED with a whole number from 0 up",
					text);
			return false;
		}
		model->weights_path = memory_format("random:%" PRIu64, seed);
		model->weights = weights_random(model->graph, seed);
		if (model->weights == NULL) {
			loader_problem(loader, "weights",
					"memory is too short for the "
					"weights of %s",
					model->graph->name);
			return false;
		}
	} else {
		model->weights_path = find_weights(loader, text);
		if (model->weights_path == NULL) {
			return false;
		}
		if (weights_open(model->weights_path, &model->weights, &error)
				!= CNNVIZ_OK) {
			loader_problem(loader, "weights", "%s", error.text);
			return false;
		}
		if (verify) {
			verify_hash(loader);
		}
	}
	graph_bind(model->graph, model->weights, model->weights_path, loader->problems);
	return loader->problems->count == before;
}

void model_digest(struct model *model)
{
	const struct mapping *mapping = model->weights == NULL ? NULL
							       : model->weights->mapping;

	if (model->digest[0] == '\0' && mapping != NULL) {
		digest_sha256(mapping->data, mapping->size, model->digest);
	}
}

/* ---- Labels ------------------------------------------------------------ */

/** Next line of a file, without white space at its end; false after the last */
static bool next_line(const struct mapping *mapping, size_t *offset, const char **line,
		size_t *length)
{
	const char *data = (const char *)mapping->data;
	const char *end;

	if (*offset >= mapping->size) {
		return false;
	}
	*line = data + *offset;
	end = memchr(*line, '\n', mapping->size - *offset);
	*length = end != NULL ? (size_t)(end - *line) : mapping->size - *offset;
	*offset += *length + 1;
	while (*length > 0 && isspace((unsigned char)(*line)[*length - 1])) {
		--*length;
	}
	return true;
}

/** One name a line, after comment lines with '#'; NULL-terminated */
static char **read_labels(const struct mapping *mapping, size_t *count)
{
	char **labels = memory_new(1, sizeof(*labels));
	size_t used = 0; /* up to the last line that is not empty */
	const char *line;
	size_t length, offset = 0;

	*count = 0;
	while (next_line(mapping, &offset, &line, &length)) {
		if (*count == 0 && length > 0 && line[0] == '#') {
			continue;
		}
		labels = memory_resize(labels, *count + 2, sizeof(*labels));
		labels[(*count)++] = memory_text_n(line, length);
		labels[*count] = NULL;
		used = length > 0 ? *count : used;
	}
	while (*count > used) {
		free(labels[--*count]);
		labels[*count] = NULL;
	}
	return labels;
}

static void load_labels(struct loader *loader, const char *text)
{
	struct model *model = loader->model;
	struct mapping *mapping = NULL;
	char *path = text != NULL ? path_join(loader->folder, text) : NULL;
	const char *used = path != NULL ? path : model->graph->labels;
	size_t count = 0;
	struct error error;

	if (used == NULL) {
		goto done;
	}
	if (mapping_open(used, &mapping, &error) != CNNVIZ_OK) {
		loader_problem(loader, "labels", "%s", error.text);
		goto done;
	}
	model->labels = read_labels(mapping, &count);
	if ((int64_t)count != model->class_count) {
		loader_problem(loader, "labels",
				"%s has %zu names, but %s has %" PRId64 " classes", used,
				count, model->graph->name, model->class_count);
	}
	for (size_t i = 0; i < count; i++) {
		if (model->labels[i][0] == '\0') {
			loader_problem(loader, "labels",
					"%s has no name for class %zu: "
					"the line is empty",
					used, i);
		}
	}
done:
	mapping_unref(mapping);
	free(path);
}

/** Names for classes without labels */
static void number_classes(struct model *model)
{
	model->numbers = memory_new((size_t)model->class_count + 1,
			sizeof(*model->numbers));
	for (int64_t i = 0; i < model->class_count; i++) {
		model->numbers[i] = memory_format("%" PRId64, i);
	}
}

/* ---- The model --------------------------------------------------------- */

struct model *model_load(const struct model_paths *paths, const char *folder,
		const char *architecture, const char *weights, const char *labels,
		bool verify, struct problems *problems)
{
	size_t before = problems->count;
	struct model *model = memory_new(1, sizeof(*model));
	struct loader loader = { paths, folder, problems, model };

	if (load_architecture(&loader, architecture)) {
		const struct graph *graph = model->graph;

		model->class_count = graph->nodes[graph->logits].shape.extent[0];
		load_weights(&loader, weights, verify);
		load_labels(&loader, labels);
	}
	if (problems->count != before) {
		model_free(model);
		return NULL;
	}
	if (model->labels == NULL) {
		number_classes(model);
	}
	return model;
}

void model_free(struct model *model)
{
	if (model == NULL) {
		return;
	}
	free_names(model->labels);
	free_names(model->numbers);
	free(model->weights_path);
	graph_free(model->graph);
	weights_free(model->weights);
	free(model);
}

/* ---- Classes ----------------------------------------------------------- */

/** Whether a label is a name, or has it among its comma-separated synonyms */
static bool label_matches(const char *label, const char *name, bool synonyms)
{
	size_t wanted = strlen(name);

	if (!synonyms) {
		return strcasecmp(label, name) == 0;
	}
	for (;;) {
		size_t length;

		label += strspn(label, " ");
		length = strcspn(label, ",");
		if (length >= wanted && strncasecmp(label, name, wanted) == 0
				&& strspn(label + wanted, " ") == length - wanted) {
			return true;
		}
		if (label[length] == '\0') {
			return false;
		}
		label += length + 1;
	}
}

static cnnviz_status class_missing(const struct model *model, const char *text,
		struct error *error)
{
	const char *nearest;

	if (model->labels == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" names no class: %s has no labels, so give a "
				"number from "
				"0 to %" PRId64 ", or labels = FILE in [model]",
				text, model->graph->name, model->class_count - 1);
	}
	nearest = text_nearest(text, text_from_array, model->labels);
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"there is no class \"%s\" among the %" PRId64 " of %s%s%s%s",
			text, model->class_count, model->graph->name,
			nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static cnnviz_status find_by_name(const struct model *model, const char *text,
		bool synonyms, int64_t *index, struct error *error)
{
	*index = -1;
	for (int64_t i = 0; i < model->class_count; i++) {
		if (!label_matches(model->labels[i], text, synonyms)) {
			continue;
		}
		if (*index >= 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"\"%s\" names several classes, %" PRId64
					" (%s) and %" PRId64
					" (%s) among them; give the number",
					text, *index, model->labels[*index], i,
					model->labels[i]);
		}
		*index = i;
	}
	return CNNVIZ_OK;
}

cnnviz_status model_find_class(const struct model *model, const char *text,
		int64_t *index, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	int64_t found = -1;

	if (value_int(text, &found)) {
		if (found < 0 || found >= model->class_count) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"there is no class %" PRId64
					": those of %s go from 0 "
					"to %" PRId64,
					found, model->graph->name,
					model->class_count - 1);
		}
		*index = found;
		return CNNVIZ_OK;
	}
	found = -1;
	for (int synonyms = 0; synonyms < 2 && model->labels != NULL && found < 0;
			synonyms++) {
		status = find_by_name(model, text, synonyms, &found, error);
		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	if (found < 0) {
		return class_missing(model, text, error);
	}
	*index = found;
	return CNNVIZ_OK;
}

const char *model_class_name(const struct model *model, int64_t index)
{
	char *const *names = model->labels != NULL ? model->labels : model->numbers;

	return index < 0 || index >= model->class_count ? NULL : names[index];
}

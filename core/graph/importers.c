/**
 * \file    graph/importers.c
 * \brief   The table of importers
 */
#include "graph/importers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph/import_ini.h"
#include "weights/open.h"
#include "weights/stranger.h"

/* Enough to detect any kind */
#define HEAD_SIZE 512

/* ---- Descriptions -------------------------------------------------------------- */

/** Let the user's size and logits take the place of those of a description. */
static bool apply_options(struct graph *graph, const struct import_options *options,
		struct problems *problems)
{
	struct error error;

	if (options->input_size[0] == 0 && options->logits == NULL) {
		return true;
	}
	if (options->input_size[0] > 0) {
		memcpy(graph->input_size, options->input_size, sizeof(graph->input_size));
	}
	if (options->logits != NULL) {
		free(graph->logits_layer);
		graph->logits_layer = memory_text(options->logits);
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		graph->nodes[i].shape.rank = 0;
	}
	if (graph_finish(graph, &error) == CNNVIZ_OK) {
		return true;
	}
	problems_add(problems, NULL, 0, "model",
			options->logits != NULL ? "logits" : "input_size", "%s",
			error.text);
	return false;
}

static struct graph *read_description(const char *path,
		const struct import_options *options, struct weights **weights,
		struct problems *problems)
{
	struct graph *graph = graph_import_ini(path, options, weights, problems);

	if (graph == NULL || strcmp(graph->source, path) != 0) {
		return graph;
	}
	if (options->output != NULL) {
		problems_add(problems, NULL, 0, "model", "output",
				"%s is a description, whose output is its last layer; "
				"logits = LAYER chooses another one",
				path);
		graph_free(graph);
		return NULL;
	}
	if (options->task == IMPORT_TASK_DETECT && !graph->detector) {
		problems_add(problems, NULL, 0, "model", "task",
				"%s is a description; if its layers end in boxes and "
				"scores, write task = detect in its [network]",
				path);
		graph_free(graph);
		return NULL;
	}
	if (!apply_options(graph, options, problems)) {
		graph_free(graph);
		return NULL;
	}
	return graph;
}

/* ---- The table ----------------------------------------------------------------- */

/* Behind the kinds of network_files.h; an import is not of it */
static const struct network_file descriptions = {
	"descriptions",
	".ini",
	import_ini_probe,
	NULL,
};

const struct network_file *importer_at(size_t index)
{
	const struct network_file *file = network_file_at(index);

	if (file != NULL) {
		return file;
	}
	return index == 0 || network_file_at(index - 1) != NULL ? &descriptions : NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static const struct network_file *find_by_name(const char *name)
{
	const struct network_file *importer;

	for (size_t i = 0; (importer = importer_at(i)) != NULL; i++) {
		if (ends_with(name, importer->ending)) {
			return importer;
		}
	}
	return NULL;
}

bool importer_is_file_name(const char *name)
{
	return find_by_name(name) != NULL;
}

static const struct network_file *find_by_content(const char *path)
{
	unsigned char head[HEAD_SIZE];
	FILE *stream = fopen(path, "rb");
	size_t size = stream != NULL ? fread(head, 1, sizeof(head), stream) : 0;
	const struct network_file *file = network_file_find(head, size);

	if (stream != NULL) {
		fclose(stream);
	}
	return file == NULL && size > 0 && descriptions.probe(head, size) ? &descriptions
									  : file;
}

bool importer_is_description(const char *path)
{
	return find_by_content(path) == &descriptions;
}

/** All kinds, such as "descriptions (.ini)", separated by commas; malloc'ed */
static char *list_kinds(void)
{
	char *text = memory_text("");
	const struct network_file *importer;

	for (size_t i = 0; (importer = importer_at(i)) != NULL; i++) {
		char *longer = memory_format("%s%s%s (%s)", text, i > 0 ? ", " : "",
				importer->kind, importer->ending);

		free(text);
		text = longer;
	}
	return text;
}

static bool holds_weights(const char *path)
{
	struct mapping *file;

	if (!path_is_file(path) || mapping_open(path, &file, NULL) != CNNVIZ_OK) {
		return false;
	}
	bool found = weights_are_here(file->data, file->size);

	mapping_unref(file);
	return found;
}

/** ": this is KIND; WAY OUT" for what no importer knows, or ""; malloc'ed */
static char *explain_stranger(const char *path)
{
	const struct stranger *stranger = stranger_at(path);

	if (stranger == NULL) {
		return memory_text(!holds_weights(path) ? ""
							: ": this is a file of weights; "
							  "give it as weights, and as "
							  "architecture the network that "
							  "they are of");
	}
	if (stranger->weights == NULL && stranger->network == NULL) {
		return memory_format(": this is %s", stranger->kind);
	}
	return memory_format(": this is %s; %s", stranger->kind,
			stranger->network != NULL ? stranger->network
						  : "describe the network in an INI file "
						    "(cnnviz-network(5))");
}

void graph_refuse(const char *path, struct problems *problems)
{
	char *kinds = list_kinds();
	char *found = explain_stranger(path);

	problems_add(problems, NULL, 0, "model", "architecture",
			"%s is not a network%s; cnnviz reads %s", path, found, kinds);
	free(found);
	free(kinds);
}

static struct graph *read_file(const struct network_file *file, const char *path,
		const struct import_options *options, struct weights **weights,
		struct problems *problems)
{
	struct mapping *mapping;
	struct graph *graph;
	struct error error;

	if (mapping_open(path, &mapping, &error) != CNNVIZ_OK) {
		problems_add(problems, NULL, 0, "model", "architecture", "%s",
				error.text);
		return NULL;
	}
	graph = file->import(mapping, options, weights, problems);
	mapping_unref(mapping);
	return graph;
}

struct graph *graph_import(const char *path, const struct import_options *options,
		struct weights **weights, struct problems *problems)
{
	static const struct import_options none = { .output = NULL };
	const struct network_file *importer = find_by_content(path);

	if (weights != NULL) {
		*weights = NULL;
	}
	if (importer == NULL) {
		importer = find_by_name(path);
	}
	if (importer == NULL) {
		graph_refuse(path, problems);
		return NULL;
	}
	options = options != NULL ? options : &none;
	return importer == &descriptions
			? read_description(path, options, weights, problems)
			: read_file(importer, path, options, weights, problems);
}

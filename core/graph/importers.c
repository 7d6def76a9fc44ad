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

static const struct importer importers[] = {
	{ "descriptions", ".ini", import_ini_probe, graph_import_ini },
};

#define IMPORTER_COUNT (sizeof(importers) / sizeof(*importers))

const struct importer *importer_at(size_t index)
{
	return index < IMPORTER_COUNT ? &importers[index] : NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static const struct importer *find_by_name(const char *name)
{
	for (size_t i = 0; i < IMPORTER_COUNT; i++) {
		if (ends_with(name, importers[i].ending)) {
			return &importers[i];
		}
	}
	return NULL;
}

bool importer_is_file_name(const char *name)
{
	return find_by_name(name) != NULL;
}

static const struct importer *find_by_content(const char *path)
{
	unsigned char head[HEAD_SIZE];
	FILE *stream = fopen(path, "rb");
	size_t size = stream != NULL ? fread(head, 1, sizeof(head), stream) : 0;

	if (stream != NULL) {
		fclose(stream);
	}
	for (size_t i = 0; i < IMPORTER_COUNT && size > 0; i++) {
		if (importers[i].probe(head, size)) {
			return &importers[i];
		}
	}
	return NULL;
}

/** All kinds, such as "descriptions (.ini)", separated by commas; malloc'ed */
static char *list_kinds(void)
{
	char *text = memory_text("");

	for (size_t i = 0; i < IMPORTER_COUNT; i++) {
		char *longer = memory_format("%s%s%s (%s)", text, i > 0 ? ", " : "",
				importers[i].kind, importers[i].ending);

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
	/* The ways to a network lead to ONNX. */
	bool known = stranger->network != NULL && find_by_name("net.onnx") != NULL;
	return memory_format(": this is %s; %s", stranger->kind,
			known ? stranger->network
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

struct graph *graph_import(const char *path, struct problems *problems)
{
	const struct importer *importer = find_by_content(path);

	if (importer == NULL) {
		importer = find_by_name(path);
	}
	if (importer == NULL) {
		graph_refuse(path, problems);
		return NULL;
	}
	return importer->read(path, problems);
}

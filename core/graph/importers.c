/**
 * \file    graph/importers.c
 * \brief   The table of importers
 */
#include "graph/importers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/import_ini.h"

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

struct graph *graph_import(const char *path, struct problems *problems)
{
	const struct importer *importer = find_by_content(path);
	char *kinds;

	if (importer == NULL) {
		importer = find_by_name(path);
	}
	if (importer != NULL) {
		return importer->read(path, problems);
	}
	kinds = list_kinds();
	problems_add(problems, NULL, 0, "model", "architecture",
			"%s is not a network; cnnviz reads %s", path, kinds);
	free(kinds);
	return NULL;
}

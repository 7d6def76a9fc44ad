/**
 * \file    graph/importers.h
 * \brief   Kinds of files that networks come as: one row each
 */
#ifndef GRAPH_IMPORTERS_H
#define GRAPH_IMPORTERS_H

#include <stddef.h>

#include "graph/graph.h"

struct importer {
	/** What such files are, for messages: "descriptions" */
	const char *kind;

	/** How its name ends: ".ini" */
	const char *ending;

	/** Whether a file is of this kind, by its first bytes */
	bool (*probe)(const unsigned char *head, size_t size);

	/** The network of a file; NULL, with problems, when there is none */
	struct graph *(*read)(const char *path, struct problems *problems);
};

/** All of them; NULL past the last one */
const struct importer *importer_at(size_t index);

/** Whether a text is the name of a network's file, by its ending */
bool importer_is_file_name(const char *name);

/**
 * \brief   The network of a file of any kind
 *
 * What a file is its first bytes tell; where they tell nothing, its name.
 *
 * \return  NULL when there were problems.
 */
struct graph *graph_import(const char *path, struct problems *problems);

#endif

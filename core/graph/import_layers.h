/**
 * \file    graph/import_layers.h
 * \brief   Shared by the two files of the INI importer
 */
#ifndef GRAPH_IMPORT_LAYERS_H
#define GRAPH_IMPORT_LAYERS_H

#include "config/ini.h"
#include "graph/graph.h"

/** A description being read */
struct reader {
	const struct ini *ini;
	struct graph *graph;
	struct problems *problems;
	bool imported; /* the graph is that of another file */
};

/** Add a problem of an entry */
void import_problem(struct reader *reader, const struct ini_entry *entry,
		const char *format, ...) CNNVIZ_PRINTF(3, 4);

/** `; did you mean "x"?` for the nearest of a NULL-terminated array, or "", into space */
const char *import_hint(const char *text, const char *const *names, char *space,
		size_t size);

/** Start the graph with the network's input. */
void import_input(struct graph *graph);

/** Import one line of [layers] */
void import_layer(struct reader *reader, const struct ini_entry *entry);

/** Check that every layer accepts its inputs, and that its output is used */
void import_check_layers(struct reader *reader);

#endif

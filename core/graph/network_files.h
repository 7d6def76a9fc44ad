/**
 * \file    graph/network_files.h
 * \brief   Kinds of files that hold a whole network with its weights: one row each
 */
#ifndef GRAPH_NETWORK_FILES_H
#define GRAPH_NETWORK_FILES_H

#include <stddef.h>

#include "graph/graph.h"
#include "graph/import_options.h"
#include "weights/weights.h"

struct network_file {
	/** Name of such files for messages: "ONNX networks" */
	const char *kind;

	/** File extension: ".onnx" */
	const char *ending;

	/** Whether a file has this kind, by its first bytes */
	bool (*probe)(const unsigned char *head, size_t size);

	/** Import a mapped file, and its weights, unless weights is NULL; NULL with problems */
	struct graph *(*import)(struct mapping *mapping,
			const struct import_options *options, struct weights **weights,
			struct problems *problems);
};

/** The row at an index; NULL past the last one */
const struct network_file *network_file_at(size_t index);

/** The row of a file, by its first bytes, or NULL */
const struct network_file *network_file_find(const unsigned char *head, size_t size);

#endif

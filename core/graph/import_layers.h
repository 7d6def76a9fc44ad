/**
 * \file    graph/import_layers.h
 * \brief   Shared by the two files of the INI importer
 */
#ifndef GRAPH_IMPORT_LAYERS_H
#define GRAPH_IMPORT_LAYERS_H

#include "config/ini.h"
#include "graph/block_text.h"
#include "graph/graph.h"
#include "graph/name_index.h"

/** A block as one line uses it */
struct instance {
	const struct ini_entry *entry;     /* that line */
	const struct instance *outer;      /* of the block that the line is in, or NULL */
	const struct ini_section *section; /* of the block */
	char *name;                        /* in front of those of its layers */
	struct block_values values;        /* of its parameters */
	int32_t input;                     /* node that its first line takes */
	size_t number;                     /* from 1, of all instances */
};

/** A line, and what it is read for */
struct place {
	const struct ini_entry *entry;
	const struct instance *instance; /* of the block that the line is in, or NULL */
};

/** A description being read */
struct reader {
	const struct ini *ini;
	struct graph *graph;
	struct problems *problems;
	bool imported;               /* the graph is that of another file */
	struct place *places;        /* of the graph's nodes */
	int32_t previous;            /* node that a line takes unless it says otherwise */
	struct name_index names;     /* of layers, in lower case: their lines */
	struct instance **instances; /* all of them, since places point at them */
	size_t instance_count;
	size_t steps; /* uses of repeated lines and of those of blocks */
	size_t *told; /* of each entry: number of the instance whose problem was told */
};

/** Add a problem of an entry */
void import_problem(struct reader *reader, const struct ini_entry *entry,
		const char *format, ...) CNNVIZ_PRINTF(3, 4);

/**
 * \brief   Add a problem of a line
 *
 * For a block's line the sentence ends with the instance. Only the first instance that a line
 * has a problem in is told.
 */
void import_vproblem(struct reader *reader, const struct place *place, const char *format,
		va_list arguments) CNNVIZ_PRINTF(3, 0);

/** `; did you mean "x"?` for the nearest of a NULL-terminated array, or "", into space */
const char *import_hint(const char *text, const char *const *names, char *space,
		size_t size);

/** Start the graph with the network's input. */
void import_input(struct reader *reader);

/** Node of a name as a line has it: in a block, one of its own layers or its input */
int32_t import_find(const struct reader *reader, const struct instance *instance,
		const char *name);

/** Whether a name can be a layer's, or that of layers with a dot behind it */
bool import_name_is_valid(const char *name);

/**
 * \brief   Import a layer
 *
 * \param   name    As the line has it
 * \param   text    OPERATION [setting=value]..., without anything of block_text.h
 */
void import_layer(struct reader *reader, const struct place *place, const char *name,
		const char *text);

/** Check that every layer accepts its inputs, and that its output is used */
void import_check_layers(struct reader *reader);

#endif

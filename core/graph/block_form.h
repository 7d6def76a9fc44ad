/**
 * \file    graph/block_form.h
 * \brief   What is equal in modules that are alike, and parameters for what is not
 */
#ifndef GRAPH_BLOCK_FORM_H
#define GRAPH_BLOCK_FORM_H

#include "graph/block_find.h"

/** A parameter, with a value for each use */
struct block_parameter {
	char *name;
	char **values;
};

/** A block as it can be written */
struct block_form {
	const struct block_use **uses; /* in order */
	size_t use_count;
	struct block_parameter *parameters;
	size_t parameter_count;
	char **settings; /* of each node: " out={out} kernel=3", or "" */
	size_t node_count;
};

/** Make the form of a group of modules; free with block_form_free(). */
struct block_form block_form_make(const struct graph *graph,
		const struct block_uses *uses, size_t group);

void block_form_free(struct block_form *form);

/** Settings of a node that have not their defaults: " out=3 kernel=3", or ""; malloc'ed */
char *block_node_settings(const struct graph_node *node);

#endif

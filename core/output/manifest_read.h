/**
 * \file    output/manifest_read.h
 * \brief   Reads a manifest item by item, however long its lists are
 *
 * A manifest of a million pictures does not fit into memory as JSON, but each of its items
 * does. The file may come from anywhere: what it says is for the visitor to check.
 */
#ifndef OUTPUT_MANIFEST_READ_H
#define OUTPUT_MANIFEST_READ_H

#include <stdio.h>

#include <jansson.h>

#include "base/error.h"

/** Called for what a manifest has, in its order; JSON is borrowed. An error ends reading. */
struct manifest_visitor {
	const char *const *lists; /* names of those read item by item; ends with NULL */
	/** A member that is none of these lists, or is no list though it has its name */
	cnnviz_status (*member)(void *context, const char *name, const json_t *value,
			struct error *error);
	cnnviz_status (*item)(void *context, const char *list, size_t index,
			const json_t *item, struct error *error);
	void *context;
};

/**
 * \brief   Read a JSON object
 *
 * What stands before a fault has been visited. No more than an item, of at most 16 MiB, is
 * in memory at a time.
 *
 * \return  CNNVIZ_ERROR_INPUT with what is wrong and in which line, without the file's
 *          name; or the visitor's error
 */
cnnviz_status manifest_read(FILE *file, const struct manifest_visitor *visitor,
		struct error *error);

#endif

/**
 * \file    graph/name_index.h
 * \brief   Numbers by name, for networks of many layers
 */
#ifndef GRAPH_NAME_INDEX_H
#define GRAPH_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A hash table with open addressing; zero-initialize */
struct name_index {
	struct name_index_slot {
		char *name; /* NULL: free */
		int64_t number;
	} * slots;
	size_t size; /* 0 or a power of two */
	size_t count;
};

/** Place of a name's number, or NULL where the name is not known */
int64_t *name_index_find(const struct name_index *index, const char *name);

/**
 * \brief   Place of a name's number, which is 0 for a new name
 *
 * \param   known   Whether the name was there before, unless NULL
 */
int64_t *name_index_add(struct name_index *index, const char *name, bool *known);

void name_index_free(struct name_index *index);

#endif

/**
 * \file    graph/block_find.h
 * \brief   Finds what comes again and again in a graph
 */
#ifndef GRAPH_BLOCK_FIND_H
#define GRAPH_BLOCK_FIND_H

#include "graph/graph.h"

/**
 * Neighboring nodes of one module, which take one node from before them. Those of one group
 * have nodes of the same operations and names within, with the same inputs; their settings
 * may differ.
 */
struct block_use {
	size_t first, end; /* its nodes */
	char *name;        /* of the module */
	int32_t input;     /* the node that it takes */
	size_t group;      /* 0 to group_count - 1 */
};

struct block_uses {
	struct block_use *items; /* in order, none within another */
	size_t count;
	size_t group_count;
};

/** Find groups of two or more, those first that leave the fewest nodes to write */
struct block_uses block_find_uses(const struct graph *graph);

void block_uses_free(struct block_uses *uses);

#endif

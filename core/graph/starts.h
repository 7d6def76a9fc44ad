/**
 * \file    graph/starts.h
 * \brief   What the part of a network behind a layer takes from elsewhere
 */
#ifndef GRAPH_STARTS_H
#define GRAPH_STARTS_H

#include "graph/graph.h"

/**
 * \brief   Mark the layers whose values the rest of a network starts with
 *
 * That is the layer itself, and beside it the sources of what goes around it: skip
 * connections, other branches. A pool whose switches an unpooling takes is not one,
 * because its values do not tell them; what comes into it is. So there is no start from
 * such a layer itself: then that is not marked.
 *
 * \param   nodes   The rest: up to these. One that does not depend on the layer is a
 *                  start itself
 * \param   starts  node_count flags
 */
void graph_mark_starts(const struct graph *graph, int32_t layer, size_t count,
		const int32_t *nodes, bool *starts);

/**
 * \brief   List the layers beside one that the network up to another starts with
 *
 * \param   room    Number of layers that there is room for
 * \param   sides   Receives them, in order
 *
 * \return  How many there are; 0 where a layer is negative.
 */
uint32_t graph_list_sides(const struct graph *graph, int32_t layer, int32_t last,
		uint32_t room, int32_t *sides);

#endif

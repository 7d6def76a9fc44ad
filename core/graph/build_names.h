/**
 * \file    graph/build_names.h
 * \brief   Names the nodes of a graph that is being built
 */
#ifndef GRAPH_BUILD_NAMES_H
#define GRAPH_BUILD_NAMES_H

#include "graph/build.h"

/** Name all nodes by their paths, and hand the aliases to the graph; see build_finish(). */
void build_name_nodes(struct build *build);

#endif

/**
 * \file    graph/write_ini.h
 * \brief   Writes the layers of a graph as a description has them
 */
#ifndef GRAPH_WRITE_INI_H
#define GRAPH_WRITE_INI_H

#include <stdio.h>

#include "graph/graph.h"

/**
 * \brief   Write [layers], and a section for each block that comes again and again
 *
 * graph_import_ini() reads the same nodes from it.
 *
 * Errors: a name that no layer of a description can have; two that differ in capitals alone.
 * Then nothing has been written.
 */
cnnviz_status graph_write_layers(const struct graph *graph, FILE *out,
		struct error *error);

#endif

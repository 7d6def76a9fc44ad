/**
 * \file    graph/pt2/import.h
 * \brief   Imports networks from files of torch.export.save(), with their weights
 */
#ifndef PT2_IMPORT_H
#define PT2_IMPORT_H

#include "graph/graph.h"
#include "graph/import_options.h"
#include "weights/weights.h"

/**
 * \brief   Import a network from a .pt2 file that is mapped
 *
 * As onnx_import(); layers are named by the modules that they come from, and have the
 * names of calls in the program as aliases.
 *
 * \return  NULL with problems
 */
struct graph *pt2_import(struct mapping *mapping, const struct import_options *options,
		struct weights **weights, struct problems *problems);

#endif

/**
 * \file    graph/onnx/import.h
 * \brief   Imports networks from ONNX files, with their weights
 */
#ifndef ONNX_IMPORT_H
#define ONNX_IMPORT_H

#include <stddef.h>

#include "graph/graph.h"
#include "graph/import_options.h"
#include "weights/weights.h"

/** Whether a file may be an ONNX network */
bool onnx_probe(const unsigned char *head, size_t size);

/**
 * \brief   Import a network
 *
 * The batch is 1 while the file is read. The network ends at the file's output, or before
 * the probabilities that it makes of scores; layers are named as build_finish() says, and
 * have the names of nodes and arrays in the file as aliases.
 *
 * \param   weights Those of the file, or NULL if they are not needed
 *
 * \return  NULL with problems
 */
struct graph *graph_import_onnx(const char *path, const struct import_options *options,
		struct weights **weights, struct problems *problems);

/** Like graph_import_onnx(), of a file that is mapped */
struct graph *onnx_import(struct mapping *mapping, const struct import_options *options,
		struct weights **weights, struct problems *problems);

#endif

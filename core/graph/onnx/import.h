/**
 * \file    graph/onnx/import.h
 * \brief   Imports networks from ONNX files, with their weights
 */
#ifndef ONNX_IMPORT_H
#define ONNX_IMPORT_H

#include <stddef.h>

#include "graph/graph.h"
#include "graph/import_options.h"
#include "graph/onnx/file.h"
#include "weights/weights.h"

/** Whether a file may be an ONNX network */
bool onnx_probe(const unsigned char *head, size_t size);

/**
 * \brief   Import a network from a file that is mapped
 *
 * The batch is 1 while the file is read. The network ends at the file's output, or before
 * the probabilities that it makes of scores; layers are named as build_finish() says, and
 * have the names of nodes and arrays in the file as aliases.
 *
 * \param   weights Those of the file, or NULL if they are not needed
 *
 * \return  NULL with problems
 */
struct graph *onnx_import(struct mapping *mapping, const struct import_options *options,
		struct weights **weights, struct problems *problems);

/** Like onnx_import(), of what another kind of file says in the same operators */
struct graph *onnx_import_file(struct onnx_file *file,
		const struct import_options *options, struct weights **weights,
		struct problems *problems);

#endif

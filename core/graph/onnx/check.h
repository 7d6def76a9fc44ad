/**
 * \file    graph/onnx/check.h
 * \brief   Checks that a file's arrays have one maker each, and finds what is needed
 */
#ifndef ONNX_CHECK_H
#define ONNX_CHECK_H

#include "graph/name_index.h"
#include "graph/onnx/file.h"

/** Who makes an array: a node's index, or one of these */
#define ONNX_MAKER_INPUT (-1)
#define ONNX_MAKER_TENSOR (-2)

/**
 * \brief   Find the maker of every array
 *
 * Errors do not name the file: two makers of one array, a node that uses what no node
 * before it makes, a version of the operators that is too old.
 *
 * \param   makers  Filled; free it also after an error
 */
cnnviz_status onnx_check(const struct onnx_file *file, struct name_index *makers,
		struct error *error);

/**
 * \brief   Nodes that an array depends on; malloc'ed
 *
 * \param   name    Of the array; it has a maker
 */
bool *onnx_needed(const struct onnx_file *file, const struct name_index *makers,
		const char *name);

/** How a node is called in messages: its name, or that of what it makes */
const char *onnx_label(const struct onnx_node *node);

/**
 * \brief   What is to be said of a file for an operator that no version will have
 *
 * \return  A clause about the file, or NULL: "was fused for ONNX Runtime; ..."
 */
const char *onnx_stranger(const struct onnx_node *node);

#endif

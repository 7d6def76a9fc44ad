/**
 * \file    graph/onnx/path.h
 * \brief   The path of the module that a node comes from
 */
#ifndef ONNX_PATH_H
#define ONNX_PATH_H

#include "graph/onnx/file.h"

/**
 * \brief   Path of a node's module, as PyTorch names it; malloc'ed, "" for none
 *
 * torch's older exporter writes `/layer1/layer1.0/conv1/Conv`, the newer one a list of
 * scopes beside the node, tf2onnx `model/block_16_project/Conv2D`. Of other files it is the
 * node's name, or that of what the node makes. A convolution into which the newer exporter
 * has folded a batch norm says the norm's name, but its weight says its own.
 */
char *onnx_path(const struct onnx_file *file, const struct onnx_node *node);

/**
 * \brief   Length of the first component that the names of all nodes have in common
 *
 * A Keras model's name is such. 0 where they have none, and where names begin with a slash.
 */
size_t onnx_common_length(const struct onnx_file *file);

#endif

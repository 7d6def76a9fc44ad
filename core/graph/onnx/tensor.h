/**
 * \file    graph/onnx/tensor.h
 * \brief   Reads arrays: within the file, or in a file of weights beside it
 */
#ifndef ONNX_TENSOR_H
#define ONNX_TENSOR_H

#include "graph/onnx/file.h"
#include "graph/onnx/wire.h"

/**
 * \brief   Read a TensorProto
 *
 * Its elements stay where they are, unless they are written as numbers of variable length.
 * Elements of a type that cannot be used are no error, but the tensor's fault.
 *
 * Errors: those of onnx_file_read(); as many elements as the shape says are not there;
 * a file of weights that is named with a folder, is missing, is no regular file or too
 * short.
 */
cnnviz_status tensor_read(struct onnx_file *file, struct wire wire,
		struct onnx_tensor *tensor, struct error *error);

#endif

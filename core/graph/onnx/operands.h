/**
 * \file    graph/onnx/operands.h
 * \brief   Live arrays that are combined, with what is smaller repeated
 */
#ifndef ONNX_OPERANDS_H
#define ONNX_OPERANDS_H

#include "graph/onnx/conversion.h"

/**
 * \brief   Combine all inputs by an operation that repeats as PyTorch does
 *
 * One of them at least is live.
 *
 * Errors, in addition to those of what adds nodes: extents that do not fit together; axes
 * that are no batch, channels, height and width.
 */
cnnviz_status onnx_combine(struct conversion *conversion, const char *operation,
		struct error *error);

/** The products of the matrices in the last two axes of two inputs, of which one is live */
cnnviz_status onnx_multiply_arrays(struct conversion *conversion, struct error *error);

/** Expand of a live array: its values are repeated by what combines it with another one. */
cnnviz_status onnx_convert_expand(struct conversion *conversion, struct error *error);

#endif

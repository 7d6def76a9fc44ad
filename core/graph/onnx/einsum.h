/**
 * \file    graph/onnx/einsum.h
 * \brief   Einsum of one array or two, as sums over axes and a product of matrices
 */
#ifndef ONNX_EINSUM_H
#define ONNX_EINSUM_H

#include "graph/onnx/conversion.h"

/**
 * \brief   Convert an Einsum, of which one input at least is live
 *
 * Errors, in addition to those of what adds nodes: more than two arrays, an ellipsis, a
 * letter that one array has twice, a sum over all axes.
 */
cnnviz_status onnx_convert_einsum(struct conversion *conversion, struct error *error);

#endif

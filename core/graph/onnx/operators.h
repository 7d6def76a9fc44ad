/**
 * \file    graph/onnx/operators.h
 * \brief   The operators of ONNX
 */
#ifndef ONNX_OPERATORS_H
#define ONNX_OPERATORS_H

#include "graph/onnx/tables.h"

/** Whether a node's operator is one of ONNX's own */
bool onnx_is_standard(const struct onnx_node *node);

/** The row of a node's operator, or NULL */
const struct onnx_operator *onnx_operator_find(const struct onnx_node *node);

#endif

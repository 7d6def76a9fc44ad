/**
 * \file    graph/onnx/operators.h
 * \brief   The operators of ONNX
 */
#ifndef ONNX_OPERATORS_H
#define ONNX_OPERATORS_H

#include "graph/onnx/tables.h"

/** The row of an operator, or NULL */
const struct onnx_operator *onnx_operator_find(const char *name);

#endif

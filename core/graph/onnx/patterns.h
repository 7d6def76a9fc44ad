/**
 * \file    graph/onnx/patterns.h
 * \brief   Chains of nodes that one operation stands for
 */
#ifndef ONNX_PATTERNS_H
#define ONNX_PATTERNS_H

#include "graph/build.h"

/** Whether a number is another one, but for the error of single precision */
bool pattern_is_about(double value, double other);

/** Whether a node multiplies another one by a number and adds one */
bool pattern_is_affine(const struct build *build, int32_t node, double factor,
		double addend);

/** x if a node is x * relu6(x + 3), six times hardswish; or -1 */
int32_t pattern_hardswish(const struct build *build, int32_t product);

/** x if a node is relu6(x + 3), six times hardsigmoid; or -1 */
int32_t pattern_hardsigmoid(const struct build *build, int32_t gate);

/**
 * \brief   x if two nodes, or one that is the product of two, are what gelu multiplies
 *
 * gelu(x) = x / 2 * gate with a gate of 1 + erf(x / sqrt(2)), or of
 * 1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)).
 *
 * \param   mode    Which of them, as gelu's setting
 *
 * \return  -1 if they are not.
 */
int32_t pattern_gelu_gate(const struct build *build, int32_t gate, int64_t *mode);
int32_t pattern_gelu_product(const struct build *build, int32_t product, int64_t *mode);

#endif

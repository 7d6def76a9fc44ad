/**
 * \file    graph/onnx/fold.h
 * \brief   Operators of constants that other operators share
 *
 * Each computes the output of the current node, whose inputs are all constants.
 */
#ifndef ONNX_FOLD_H
#define ONNX_FOLD_H

#include "graph/onnx/conversion.h"

cnnviz_status fold_add(struct conversion *conversion, struct error *error);
cnnviz_status fold_sub(struct conversion *conversion, struct error *error);
cnnviz_status fold_mul(struct conversion *conversion, struct error *error);
cnnviz_status fold_div(struct conversion *conversion, struct error *error);
cnnviz_status fold_max(struct conversion *conversion, struct error *error);
cnnviz_status fold_min(struct conversion *conversion, struct error *error);

cnnviz_status fold_pow(struct conversion *conversion, struct error *error);

cnnviz_status fold_erf(struct conversion *conversion, struct error *error);
cnnviz_status fold_neg(struct conversion *conversion, struct error *error);
cnnviz_status fold_reciprocal(struct conversion *conversion, struct error *error);
cnnviz_status fold_sqrt(struct conversion *conversion, struct error *error);

cnnviz_status fold_relu(struct conversion *conversion, struct error *error);
cnnviz_status fold_sigmoid(struct conversion *conversion, struct error *error);
cnnviz_status fold_tanh(struct conversion *conversion, struct error *error);

/** Clip, whose bounds are known */
cnnviz_status fold_clip(struct conversion *conversion, double least, double most,
		struct error *error);

cnnviz_status fold_gemm(struct conversion *conversion, struct error *error);
cnnviz_status fold_matmul(struct conversion *conversion, struct error *error);

/** ReduceMax, ReduceMean, ReduceMin, ReduceProd and ReduceSum */
cnnviz_status fold_reduced(struct conversion *conversion, struct error *error);

cnnviz_status fold_cast(struct conversion *conversion, struct error *error);
cnnviz_status fold_concat(struct conversion *conversion, struct error *error);
cnnviz_status fold_gather(struct conversion *conversion, struct error *error);
cnnviz_status fold_reshape(struct conversion *conversion, struct error *error);
cnnviz_status fold_shape(struct conversion *conversion, struct error *error);
cnnviz_status fold_slice(struct conversion *conversion, struct error *error);
cnnviz_status fold_transpose(struct conversion *conversion, struct error *error);

/** The output of a Shape: a part of some extents */
cnnviz_status fold_extents(struct conversion *conversion, uint32_t rank,
		const int64_t *extent, struct error *error);

#endif

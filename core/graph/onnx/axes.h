/**
 * \file    graph/onnx/axes.h
 * \brief   What a node does to the axes of its input, whether that is live or a constant
 */
#ifndef ONNX_AXES_H
#define ONNX_AXES_H

#include "graph/onnx/conversion.h"

/** Extents that Reshape, Flatten, Squeeze or Unsqueeze gives */
cnnviz_status axes_reshaped(struct conversion *conversion, uint32_t rank,
		const int64_t before[CNNVIZ_MAX_RANK], uint32_t *result,
		int64_t after[CNNVIZ_MAX_RANK], struct error *error);

/** Of a Transpose, for each axis which one it was */
cnnviz_status axes_permutation(struct conversion *conversion, uint32_t rank,
		int64_t permutation[CNNVIZ_MAX_RANK], struct error *error);

/** Axes that ReduceMean and its like reduce: an attribute before version 18 */
cnnviz_status axes_reduced(struct conversion *conversion, uint32_t rank,
		bool reduced[CNNVIZ_MAX_RANK], struct error *error);

#endif

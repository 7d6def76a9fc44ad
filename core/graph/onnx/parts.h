/**
 * \file    graph/onnx/parts.h
 * \brief   Parts of a feature map
 */
#ifndef ONNX_PARTS_H
#define ONNX_PARTS_H

#include "graph/onnx/conversion.h"

/** Some of the channels, rows or columns of a node */
struct part {
	int64_t axis; /* as an operation has it: enum graph_axis */
	int64_t first, end, step;
};

/** The part as a node, which is the input itself where it is all; there is something in it */
cnnviz_status onnx_add_part(struct conversion *conversion, int32_t input,
		const struct part *part, int32_t *node, struct error *error);

#endif

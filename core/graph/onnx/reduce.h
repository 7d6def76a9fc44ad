/**
 * \file    graph/onnx/reduce.h
 * \brief   Reductions of any axes
 */
#ifndef ONNX_REDUCE_H
#define ONNX_REDUCE_H

#include "graph/onnx/conversion.h"

/**
 * \brief   Reduce axes of the live first input by an operation along one axis
 *
 * The axes become one. Errors: those of onnx_view_array(), the batch.
 *
 * \param   reduced     For each axis of the input whether it goes
 * \param   view        What comes out
 */
cnnviz_status onnx_reduce(struct conversion *conversion, const char *operation,
		const bool reduced[CNNVIZ_MAX_RANK], struct view *view,
		struct error *error);

/** ReduceL2 of a live array */
cnnviz_status onnx_reduce_norm(struct conversion *conversion, struct error *error);

#endif

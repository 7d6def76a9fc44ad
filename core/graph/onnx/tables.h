/**
 * \file    graph/onnx/tables.h
 * \brief   A row for each operator of ONNX, in tables by their kind
 */
#ifndef ONNX_TABLES_H
#define ONNX_TABLES_H

#include "graph/onnx/conversion.h"

struct onnx_operator {
	const char *name;

	/** Compute the output from inputs that are all constants; NULL: cannot */
	cnnviz_status (*fold)(struct conversion *conversion, struct error *error);

	/** Add nodes to the graph, or make another view; NULL: only constants can be used */
	cnnviz_status (*convert)(struct conversion *conversion, struct error *error);
};

/* Tables, each ended by a row without a name */
extern const struct onnx_operator onnx_window_operators[];
extern const struct onnx_operator onnx_linear_operators[];
extern const struct onnx_operator onnx_activation_operators[];
extern const struct onnx_operator onnx_shape_operators[];
extern const struct onnx_operator onnx_parts_operators[];
extern const struct onnx_operator onnx_quantized_operators[];
extern const struct onnx_operator onnx_resample_operators[];
extern const struct onnx_operator onnx_arithmetic_operators[];
extern const struct onnx_operator onnx_array_operators[];
extern const struct onnx_operator onnx_constant_operators[];
extern const struct onnx_operator onnx_function_operators[];
extern const struct onnx_operator onnx_scatter_operators[];
extern const struct onnx_operator onnx_integer_operators[];

/* What ONNX has no operators for, in a domain of ours: for readers of other files */
#define ONNX_OWN_DOMAIN "cnnviz"
extern const struct onnx_operator onnx_own_operators[];

#endif

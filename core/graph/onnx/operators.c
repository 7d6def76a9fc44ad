/**
 * \file    graph/onnx/operators.c
 * \brief   The operators of ONNX
 */
#include "graph/onnx/operators.h"

#include <string.h>

static const struct onnx_operator *const tables[] = {
	onnx_window_operators,
	onnx_linear_operators,
	onnx_activation_operators,
	onnx_shape_operators,
	onnx_parts_operators,
	onnx_quantized_operators,
	onnx_resample_operators,
	onnx_arithmetic_operators,
	onnx_constant_operators,
	onnx_integer_operators,
};

const struct onnx_operator *onnx_operator_find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct onnx_operator *row = tables[i]; row->name != NULL;
				row++) {
			if (strcmp(row->name, name) == 0) {
				return row;
			}
		}
	}
	return NULL;
}

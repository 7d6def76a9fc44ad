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
	onnx_array_operators,
	onnx_function_operators,
	onnx_scatter_operators,
	onnx_constant_operators,
	onnx_integer_operators,
	onnx_own_operators,
};

bool onnx_is_standard(const struct onnx_node *node)
{
	return node->domain[0] == '\0' || strcmp(node->domain, "ai.onnx") == 0;
}

const struct onnx_operator *onnx_operator_find(const struct onnx_node *node)
{
	bool own = strcmp(node->domain, ONNX_OWN_DOMAIN) == 0;

	if (!own && !onnx_is_standard(node)) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct onnx_operator *row = tables[i]; row->name != NULL;
				row++) {
			if (strcmp(row->name, node->operator) == 0
					&& (tables[i] == onnx_own_operators) == own) {
				return row;
			}
		}
	}
	return NULL;
}

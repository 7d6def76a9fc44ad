/**
 * \file    graph/onnx/patterns.c
 * \brief   Chains of nodes that one operation stands for
 */
#include "graph/onnx/patterns.h"

#include <math.h>
#include <string.h>

#include "graph/operation.h"

bool pattern_is_about(double value, double other)
{
	return fabs(value - other) <= 1e-6 * fabs(other);
}

static const struct graph_node *node_at(const struct build *build, int32_t index)
{
	return &build->graph->nodes[index];
}

static bool is(const struct build *build, int32_t node, const char *operation)
{
	return node > 0 && strcmp(node_at(build, node)->op->name, operation) == 0;
}

/** Input i of a node of an operation; -1 if it is another one */
static int32_t behind(const struct build *build, int32_t node, const char *operation,
		size_t i)
{
	return is(build, node, operation) ? node_at(build, node)->inputs[i] : -1;
}

bool pattern_is_affine(const struct build *build, int32_t node, double factor,
		double addend)
{
	const struct graph_settings *settings;

	if (!is(build, node, "affine")) {
		return false;
	}
	settings = &node_at(build, node)->settings;
	return pattern_is_about(settings->factor, factor)
			&& pattern_is_about(settings->addend, addend);
}

/** What a node multiplies and adds to; -1 if it is of other numbers */
static int32_t behind_affine(const struct build *build, int32_t node, double factor,
		double addend)
{
	return pattern_is_affine(build, node, factor, addend)
			? node_at(build, node)->inputs[0]
			: -1;
}

int32_t pattern_hardsigmoid(const struct build *build, int32_t gate)
{
	return behind_affine(build, behind(build, gate, "relu6", 0), 1, 3);
}

int32_t pattern_hardswish(const struct build *build, int32_t product)
{
	for (size_t i = 0; i < 2 && is(build, product, "mul"); i++) {
		int32_t x = behind(build, product, "mul", i);

		if (pattern_hardsigmoid(build, behind(build, product, "mul", 1 - i))
				== x) {
			return x;
		}
	}
	return -1;
}

/** Whether a node is the third power of another one */
static bool is_cube(const struct build *build, int32_t node, int32_t x)
{
	if (is(build, node, "pow")) {
		return behind(build, node, "pow", 0) == x
				&& pattern_is_about(
						node_at(build, node)->settings.exponent,
						3);
	}
	for (size_t i = 0; i < 2; i++) {
		int32_t square = behind(build, node, "mul", 1 - i);

		if (behind(build, node, "mul", i) == x
				&& behind(build, square, "mul", 0) == x
				&& behind(build, square, "mul", 1) == x) {
			return true;
		}
	}
	return false;
}

/** x if a node is tanh(sqrt(2 / pi) (x + 0.044715 x^3)); or -1 */
static int32_t behind_tanh(const struct build *build, int32_t node)
{
	int32_t scaled = behind(build, node, "tanh", 0);
	int32_t sum = behind_affine(build, scaled, sqrt(2 / M_PI), 0);

	for (size_t i = 0; i < 2; i++) {
		int32_t x = behind(build, sum, "add", i);
		int32_t cube = behind_affine(build, behind(build, sum, "add", 1 - i),
				0.044715, 0);

		if (x >= 0 && cube >= 0 && is_cube(build, cube, x)) {
			return x;
		}
	}
	return -1;
}

int32_t pattern_gelu_gate(const struct build *build, int32_t gate, int64_t *mode)
{
	int32_t inner = behind_affine(build, gate, 1, 1);
	int32_t x = behind_affine(build, behind(build, inner, "erf", 0), M_SQRT1_2, 0);

	*mode = x < 0;
	return x >= 0 ? x : behind_tanh(build, inner);
}

int32_t pattern_gelu_product(const struct build *build, int32_t product, int64_t *mode)
{
	for (size_t i = 0; i < 2; i++) {
		int32_t x = pattern_gelu_gate(build, behind(build, product, "mul", 1 - i),
				mode);

		if (x >= 0 && behind(build, product, "mul", i) == x) {
			return x;
		}
	}
	return -1;
}

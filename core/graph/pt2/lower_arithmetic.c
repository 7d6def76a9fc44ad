/**
 * \file    graph/pt2/lower_arithmetic.c
 * \brief   Calls that combine two arrays, or reduce one
 */
#include "graph/pt2/tables.h"

#include <string.h>

/** a + alpha b, or a - alpha b */
static void lower_scaled(struct lowering *lowering)
{
	const char *scaled, *other = lower_has(lowering, "b") ? "b" : "other";

	if (lower_real(lowering, "alpha", 1) == 1) {
		lower_as_binary(lowering);
		return;
	}
	scaled = lower_between(lowering);
	lower_binary(lowering, "Mul", scaled, lower_operand(lowering, other),
			lower_operand(lowering, "alpha"));
	lower_binary(lowering, lowering->row->operator, lower_output(lowering, 0),
			lower_subject(lowering), scaled);
}

/** b - a */
static void lower_reversed(struct lowering *lowering)
{
	if (lower_real(lowering, "alpha", 1) != 1) {
		lower_unknown(lowering);
		return;
	}
	lower_binary(lowering, "Sub", lower_output(lowering, 0),
			lower_operand(lowering, "other"), lower_subject(lowering));
}

/** A quotient, which may be rounded down */
static void lower_division(struct lowering *lowering)
{
	const char *mode = lower_text(lowering, "rounding_mode", "");
	const char *other = lower_has(lowering, "b") ? "b" : "other", *quotient;

	if (mode[0] == '\0') {
		lower_as_binary(lowering);
	} else if (strcmp(mode, "floor") == 0) {
		quotient = lower_between(lowering);
		lower_binary(lowering, "Div", quotient, lower_subject(lowering),
				lower_operand(lowering, other));
		lower_unary(lowering, "Floor", lower_output(lowering, 0), quotient);
	} else {
		lower_unknown(lowering);
	}
}

static void lower_inverse_root(struct lowering *lowering)
{
	const char *root = lower_between(lowering);

	lower_unary(lowering, "Sqrt", root, lower_subject(lowering));
	lower_binary(lowering, "Div", lower_output(lowering, 0),
			lower_constant_real(lowering, 1), root);
}

/* ---- Reductions ----------------------------------------------------------------- */

static void reduce(struct lowering *lowering, const char *operator, const char * output,
		const char *input)
{
	struct integers axes = lower_integers(lowering, "dim");
	bool all = axes.count == 0;
	const char *inputs[] = { input,
		all ? "" : lower_constant_integers(lowering, axes.count, axes.values) };

	lower_add(lowering, operator, output, all ? 1 : 2, inputs);
	lower_set_integer(lowering, "keepdims",
			lower_boolean(lowering, "keepdim", false));
}

static void lower_reduction(struct lowering *lowering)
{
	reduce(lowering, lowering->row->operator, lower_output(lowering, 0),
			lower_subject(lowering));
}

/** The norm of vectors, of order 2 */
static void lower_norm(struct lowering *lowering)
{
	const char *order = lower_has(lowering, "ord") ? "ord" : "p";

	if (lower_real(lowering, order, 2) != 2) {
		lower_unknown(lowering);
		return;
	}
	lower_reduction(lowering);
}

/** max(array), max(array, axis) or the larger of two arrays */
static void lower_largest(struct lowering *lowering)
{
	if (lower_has(lowering, "other")) {
		lower_binary(lowering, "Max", lower_output(lowering, 0),
				lower_subject(lowering),
				lower_operand(lowering, "other"));
	} else {
		lower_reduction(lowering);
	}
}

const struct pt2_operator pt2_arithmetic_operators[] = {
	{ "add", lower_scaled, "Add", false },
	{ "amax", lower_reduction, "ReduceMax", false },
	{ "ceil", lower_as_unary, "Ceil", false },
	{ "cos", lower_as_unary, "Cos", false },
	{ "div", lower_division, "Div", false },
	{ "erf", lower_as_unary, "Erf", false },
	{ "exp", lower_as_unary, "Exp", false },
	{ "floor", lower_as_unary, "Floor", false },
	{ "floordiv", lower_as_binary, "Div", false },
	{ "linalg_vector_norm", lower_norm, "ReduceL2", false },
	{ "log", lower_as_unary, "Log", false },
	{ "max", lower_largest, "ReduceMax", false },
	{ "maximum", lower_as_binary, "Max", false },
	{ "mean", lower_reduction, "ReduceMean", false },
	{ "minimum", lower_as_binary, "Min", false },
	{ "mul", lower_as_binary, "Mul", false },
	{ "neg", lower_as_unary, "Neg", false },
	{ "norm", lower_norm, "ReduceL2", false },
	{ "pow", lower_as_binary, "Pow", false },
	{ "reciprocal", lower_as_unary, "Reciprocal", false },
	{ "rsqrt", lower_inverse_root, NULL, false },
	{ "rsub", lower_reversed, NULL, false },
	{ "sin", lower_as_unary, "Sin", false },
	{ "sqrt", lower_as_unary, "Sqrt", false },
	{ "sub", lower_scaled, "Sub", false },
	{ "sum", lower_reduction, "ReduceSum", false },
	{ NULL, NULL, NULL, false },
};

/**
 * \file    graph/onnx/fold_function.c
 * \brief   Functions of each number of a constant
 */
#include "graph/onnx/fold.h"

#include <math.h>

#include "graph/onnx/folded.h"
#include "graph/onnx/tables.h"

static double negative(double x)
{
	return -x;
}

static double inverse(double x)
{
	return 1 / x;
}

static double is_zero(double x)
{
	return !(x < 0 || x > 0);
}

/** An array of a function of each number; integers stay such. */
static cnnviz_status map(struct conversion *conversion, double (*function)(double),
		struct error *error)
{
	const struct constant *constant;
	struct folded result;
	bool integer;
	cnnviz_status status = onnx_input_constant(conversion, 0, "operand", &constant,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	integer = constant_is_integer(constant);
	status = folded_make_like(conversion, integer, constant, constant->rank,
			constant->extent, &result, error);
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		double value = function(integer ? (double)constant_integer(constant, i)
						: constant_real(constant, i));

		if (integer) {
			result.integers[i] = (int64_t)value;
		} else {
			result.reals[i] = value;
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

cnnviz_status fold_erf(struct conversion *conversion, struct error *error)
{
	return map(conversion, erf, error);
}

cnnviz_status fold_neg(struct conversion *conversion, struct error *error)
{
	return map(conversion, negative, error);
}

cnnviz_status fold_reciprocal(struct conversion *conversion, struct error *error)
{
	return map(conversion, inverse, error);
}

cnnviz_status fold_sqrt(struct conversion *conversion, struct error *error)
{
	return map(conversion, sqrt, error);
}

static cnnviz_status fold_ceil(struct conversion *conversion, struct error *error)
{
	return map(conversion, ceil, error);
}

static cnnviz_status fold_cos(struct conversion *conversion, struct error *error)
{
	return map(conversion, cos, error);
}

static cnnviz_status fold_exp(struct conversion *conversion, struct error *error)
{
	return map(conversion, exp, error);
}

static cnnviz_status fold_floor(struct conversion *conversion, struct error *error)
{
	return map(conversion, floor, error);
}

static cnnviz_status fold_log(struct conversion *conversion, struct error *error)
{
	return map(conversion, log, error);
}

static cnnviz_status fold_not(struct conversion *conversion, struct error *error)
{
	return map(conversion, is_zero, error);
}

static cnnviz_status fold_sin(struct conversion *conversion, struct error *error)
{
	return map(conversion, sin, error);
}

const struct onnx_operator onnx_function_operators[] = {
	{ "Ceil", fold_ceil, NULL },
	{ "Cos", fold_cos, NULL },
	{ "Exp", fold_exp, NULL },
	{ "Floor", fold_floor, NULL },
	{ "Log", fold_log, NULL },
	{ "Not", fold_not, NULL },
	{ "Sin", fold_sin, NULL },
	{ NULL, NULL, NULL },
};

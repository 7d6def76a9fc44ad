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

static double rectified(double x)
{
	return x > 0 ? x : 0;
}

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/** Numbers that each become another one */
struct change {
	double (*function)(double); /* or NULL: bounds */
	double least, most;
};

static double apply(const struct change *change, double x)
{
	return change->function != NULL ? change->function(x)
					: fmin(fmax(x, change->least), change->most);
}

/** An array of each number changed; integers stay such. */
static cnnviz_status change_each(struct conversion *conversion,
		const struct change *change, struct error *error)
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
		double value = apply(change,
				integer ? (double)constant_integer(constant, i)
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

static cnnviz_status map(struct conversion *conversion, double (*function)(double),
		struct error *error)
{
	const struct change change = { .function = function };

	return change_each(conversion, &change, error);
}

cnnviz_status fold_clip(struct conversion *conversion, double least, double most,
		struct error *error)
{
	const struct change change = { .least = least, .most = most };

	return change_each(conversion, &change, error);
}

cnnviz_status fold_relu(struct conversion *conversion, struct error *error)
{
	return map(conversion, rectified, error);
}

cnnviz_status fold_sigmoid(struct conversion *conversion, struct error *error)
{
	return map(conversion, logistic, error);
}

cnnviz_status fold_tanh(struct conversion *conversion, struct error *error)
{
	return map(conversion, tanh, error);
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

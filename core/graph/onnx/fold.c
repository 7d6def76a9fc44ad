/**
 * \file    graph/onnx/fold.c
 * \brief   Operators of constants that other operators share
 */
#include "graph/onnx/fold.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/onnx/axes.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/tables.h"

/* ---- Arithmetic ---------------------------------------------------------------- */

/* Integers wrap around, as they do in other programs that run such files. */

static int64_t add_integers(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static double add_reals(double a, double b)
{
	return a + b;
}

static int64_t subtract_integers(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static double subtract_reals(double a, double b)
{
	return a - b;
}

static int64_t multiply_integers(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

static double multiply_reals(double a, double b)
{
	return a * b;
}

/** A divisor of 0 has been refused. */
static int64_t divide_integers(int64_t a, int64_t b)
{
	return b == -1 ? subtract_integers(0, a) : a / b;
}

static double divide_reals(double a, double b)
{
	return a / b;
}

/** With the sign of a, as in C */
static int64_t truncated_remainder(int64_t a, int64_t b)
{
	return b == -1 ? 0 : a % b;
}

/** The remainder with the divisor's sign */
static int64_t remainder_integers(int64_t a, int64_t b)
{
	int64_t rest = b == -1 ? 0 : a % b;

	return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static int64_t larger_integer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t smaller_integer(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t equal_integers(int64_t a, int64_t b)
{
	return a == b;
}

static int64_t equal_reals(double a, double b)
{
	return a >= b && a <= b;
}

struct arithmetic {
	int64_t (*integers)(int64_t a, int64_t b);
	double (*reals)(double a, double b);
	bool any_count;                          /* of operands, instead of two */
	int64_t (*compared)(double a, double b); /* of reals, in place of `reals` */
};

static cnnviz_status combine_two(struct conversion *conversion,
		const struct arithmetic *arithmetic, const struct constant *a,
		const struct constant *b, struct constant *combined, struct error *error)
{
	bool integer = constant_is_integer(a) && constant_is_integer(b);
	int64_t extent[CNNVIZ_MAX_RANK];
	struct constant left, right;
	struct folded result;
	uint32_t rank;
	cnnviz_status status;

	if (integer ? arithmetic->integers == NULL
		    : arithmetic->reals == NULL && arithmetic->compared == NULL) {
		return onnx_refuse(error, "of constants of this type");
	}
	status = folded_extents(a, b, &rank, extent, error);
	if (status == CNNVIZ_OK) {
		status = folded_make_like(conversion,
				integer || arithmetic->compared != NULL,
				constant_count(a) > constant_count(b) ? a : b, rank,
				extent, &result, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	left = folded_expand(a, rank, extent);
	right = folded_expand(b, rank, extent);
	for (int64_t i = 0; i < result.count; i++) {
		if (integer) {
			result.integers[i] = arithmetic->integers(constant_integer(&left,
										  i),
					constant_integer(&right, i));
		} else if (arithmetic->compared != NULL) {
			result.integers[i] = arithmetic->compared(constant_real(&left, i),
					constant_real(&right, i));
		} else {
			result.reals[i] = arithmetic->reals(constant_real(&left, i),
					constant_real(&right, i));
		}
	}
	*combined = result.constant;
	return CNNVIZ_OK;
}

static cnnviz_status combine(struct conversion *conversion,
		const struct arithmetic *arithmetic, struct error *error)
{
	size_t count = arithmetic->any_count ? onnx_input_count(conversion) : 2;
	const struct constant *operand;
	struct constant result;
	cnnviz_status status = onnx_input_constant(conversion, 0, "operand", &operand,
			error);

	if (status == CNNVIZ_OK) {
		result = *operand;
	}
	for (size_t i = 1; status == CNNVIZ_OK && i < count; i++) {
		status = onnx_input_constant(conversion, i, "second operand", &operand,
				error);
		if (status == CNNVIZ_OK) {
			status = combine_two(conversion, arithmetic, &result, operand,
					&result, error);
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result);
	}
	return status;
}

/** Refuse to divide integers by zero. */
static cnnviz_status check_divisor(struct conversion *conversion, struct error *error)
{
	const struct constant *divisor;
	cnnviz_status status = onnx_input_constant(conversion, 1, "divisor", &divisor,
			error);

	for (int64_t i = 0; status == CNNVIZ_OK && constant_is_integer(divisor)
			&& i < constant_count(divisor);
			i++) {
		if (constant_integer(divisor, i) == 0) {
			status = error_set(error, CNNVIZ_ERROR_INPUT, "divides by zero");
		}
	}
	return status;
}

cnnviz_status fold_pow(struct conversion *conversion, struct error *error)
{
	static const struct arithmetic powers = { .reals = pow };

	return combine(conversion, &powers, error);
}

cnnviz_status fold_add(struct conversion *conversion, struct error *error)
{
	return combine(conversion,
			&(struct arithmetic){ add_integers, add_reals, false, NULL },
			error);
}

cnnviz_status fold_sub(struct conversion *conversion, struct error *error)
{
	return combine(conversion,
			&(struct arithmetic){ subtract_integers, subtract_reals, false,
					NULL },
			error);
}

cnnviz_status fold_mul(struct conversion *conversion, struct error *error)
{
	return combine(conversion,
			&(struct arithmetic){ multiply_integers, multiply_reals, false,
					NULL },
			error);
}

cnnviz_status fold_div(struct conversion *conversion, struct error *error)
{
	cnnviz_status status = check_divisor(conversion, error);

	return status == CNNVIZ_OK ? combine(conversion,
			       &(struct arithmetic){ divide_integers, divide_reals, false,
					       NULL },
			       error)
				   : status;
}

static cnnviz_status fold_mod(struct conversion *conversion, struct error *error)
{
	static const struct arithmetic floored = { remainder_integers, NULL, false,
		NULL };
	static const struct arithmetic truncated = { truncated_remainder, fmod, false,
		NULL };
	bool as_in_c = onnx_integer(conversion->node, "fmod", 0) != 0;
	cnnviz_status status = check_divisor(conversion, error);

	return status == CNNVIZ_OK
			? combine(conversion, as_in_c ? &truncated : &floored, error)
			: status;
}

cnnviz_status fold_max(struct conversion *conversion, struct error *error)
{
	return combine(conversion,
			&(struct arithmetic){ larger_integer, fmax, true, NULL }, error);
}

cnnviz_status fold_min(struct conversion *conversion, struct error *error)
{
	return combine(conversion,
			&(struct arithmetic){ smaller_integer, fmin, true, NULL }, error);
}

static cnnviz_status fold_equal(struct conversion *conversion, struct error *error)
{
	return combine(conversion,
			&(struct arithmetic){ .integers = equal_integers,
					.compared = equal_reals },
			error);
}

/* ---- One input ----------------------------------------------------------------- */

cnnviz_status fold_cast(struct conversion *conversion, struct error *error)
{
	int64_t type = onnx_integer(conversion->node, "to", ONNX_FLOAT);
	bool integer = type != ONNX_FLOAT && type != ONNX_FLOAT16 && type != ONNX_DOUBLE
			&& type != ONNX_BFLOAT16;
	const struct constant *constant;
	struct folded result;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK && !integer && !constant_is_integer(constant)) {
		return onnx_pass_on(conversion, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_make_like(conversion, integer, constant, constant->rank,
				constant->extent, &result, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		folded_copy(&result, i, constant, i);
		if (type == ONNX_BOOL) {
			result.integers[i] = constant_real(constant, i) != 0;
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

cnnviz_status fold_extents(struct conversion *conversion, uint32_t rank,
		const int64_t *extent, struct error *error)
{
	int64_t start = onnx_integer(conversion->node, "start", 0);
	int64_t end = onnx_integer(conversion->node, "end", rank);
	struct folded result;
	cnnviz_status status;

	start = fold_bound(start, rank);
	end = fold_bound(end, rank);
	end = end < start ? start : end;
	status = folded_make(conversion, true, 1, (const int64_t[]){ end - start },
			&result, error);
	if (status == CNNVIZ_OK) {
		memcpy(result.integers, extent + start,
				(size_t)(end - start) * sizeof(*extent));
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

cnnviz_status fold_shape(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	return status == CNNVIZ_OK ? fold_extents(conversion, constant->rank,
			       constant->extent, error)
				   : status;
}

cnnviz_status fold_transpose(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	int64_t permutation[CNNVIZ_MAX_RANK];
	struct constant result;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		status = axes_permutation(conversion, constant->rank, permutation, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	result = *constant;
	for (uint32_t d = 0; d < constant->rank; d++) {
		result.extent[d] = constant->extent[permutation[d]];
		result.stride[d] = constant->stride[permutation[d]];
	}
	onnx_set_constant(conversion, &result);
	return CNNVIZ_OK;
}

cnnviz_status fold_reshape(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct constant result;
	struct folded copy;
	uint32_t rank;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		status = axes_reshaped(conversion, constant->rank, constant->extent,
				&rank, extent, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (constant_is_contiguous(constant)) {
		result = *constant;
		status = constant_set_shape(&result, rank, extent, error);
	} else {
		status = folded_make_like(conversion, constant_is_integer(constant),
				constant, rank, extent, &copy, error);
		for (int64_t i = 0; status == CNNVIZ_OK && i < copy.count; i++) {
			folded_copy(&copy, i, constant, i);
		}
		result = copy.constant;
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result);
	}
	return status;
}

/* ---- Joining ------------------------------------------------------------------- */

/** Extents of what is joined along an axis */
static cnnviz_status joined_extents(struct conversion *conversion, uint32_t *axis,
		struct constant *shape, bool *integer, struct error *error)
{
	const struct constant *constant;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		*shape = *constant;
		*integer = constant_is_integer(constant);
		status = onnx_read_axis(onnx_integer(conversion->node, "axis", 0),
				constant->rank, axis, error);
	}
	for (size_t i = 1; i < onnx_input_count(conversion) && status == CNNVIZ_OK; i++) {
		status = onnx_input_constant(conversion, i, "input", &constant, error);
		if (status != CNNVIZ_OK) {
			break;
		}
		for (uint32_t d = 0; d < shape->rank; d++) {
			if (constant->rank != shape->rank
					|| (d != *axis
							&& constant->extent[d]
									!= shape->extent[d])) {
				return error_set(error, CNNVIZ_ERROR_INPUT,
						"joins arrays that do not fit together");
			}
		}
		shape->extent[*axis] += constant->extent[*axis];
		*integer = *integer && constant_is_integer(constant);
	}
	return status;
}

/** Copy an array to where it begins along the axis. */
static void place(struct folded *result, const struct constant *part, uint32_t axis,
		int64_t begin)
{
	int64_t inner = 1, count = constant_count(part);

	for (uint32_t d = axis + 1; d < part->rank; d++) {
		inner *= part->extent[d];
	}

	int64_t own = part->extent[axis] * inner;
	int64_t whole = result->constant.extent[axis] * inner;

	for (int64_t i = 0; i < count; i++) {
		folded_copy(result, i / own * whole + begin * inner + i % own, part, i);
	}
}

cnnviz_status fold_concat(struct conversion *conversion, struct error *error)
{
	const struct constant *part;
	struct constant shape;
	struct folded result;
	int64_t begin = 0;
	uint32_t axis;
	bool integer = false;
	cnnviz_status status = joined_extents(conversion, &axis, &shape, &integer, error);

	if (status == CNNVIZ_OK) {
		status = folded_make(conversion, integer, shape.rank, shape.extent,
				&result, error);
	}
	for (size_t i = 0; i < onnx_input_count(conversion) && status == CNNVIZ_OK; i++) {
		status = onnx_input_constant(conversion, i, "input", &part, error);
		if (status == CNNVIZ_OK) {
			place(&result, part, axis, begin);
			begin += part->extent[axis];
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

const struct onnx_operator onnx_integer_operators[] = {
	{ "Equal", fold_equal, NULL },
	{ "Mod", fold_mod, NULL },
	{ NULL, NULL, NULL },
};

/**
 * \file    graph/onnx/fold_linear.c
 * \brief   Sums of constants: matrix products and reductions
 */
#include "graph/onnx/fold.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/onnx/axes.h"
#include "graph/onnx/folded.h"

/** Most products in a matrix product, which take a few seconds */
#define MOST_PRODUCTS (INT64_C(1) << 30)

/* ---- Matrix products ----------------------------------------------------------- */

/** Two constants that are multiplied: matrices, or on the left rows along several axes */
struct product {
	const struct constant *left, *right;
	bool transposed[2]; /* of left and right */
	double factor;
	int64_t rows, columns, length;
};

/** An element of a matrix, or of its transpose */
static double element(const struct constant *matrix, bool transposed, int64_t row,
		int64_t column)
{
	int64_t width = matrix->extent[matrix->rank - 1];

	return constant_real(matrix,
			transposed ? column * width + row : row * width + column);
}

static cnnviz_status read_product(struct conversion *conversion, struct product *product,
		struct error *error)
{
	const struct constant **const matrices[] = { &product->left, &product->right };
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		status = onnx_input_constant(conversion, i, "operand", matrices[i],
				error);
		if (status == CNNVIZ_OK && (*matrices[i])->rank != 2
				&& (i > 0 || product->transposed[0]
						|| (*matrices[i])->rank < 2)) {
			status = onnx_refuse(error,
					"of constants of %" PRIu32 " dimensions",
					(*matrices[i])->rank);
		}
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	product->length = product->left->extent[product->transposed[0]
					? 0
					: product->left->rank - 1];
	product->rows = product->length > 0
			? constant_count(product->left) / product->length
			: 0;
	product->columns = product->right->extent[product->transposed[1] ? 0 : 1];
	return product->length == product->right->extent[product->transposed[1] ? 1 : 0]
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"multiplies matrices that do not fit together");
}

static cnnviz_status multiply(struct conversion *conversion,
		const struct product *product, struct folded *result, struct error *error)
{
	uint32_t rank = product->left->rank;
	int64_t extent[CNNVIZ_MAX_RANK];
	cnnviz_status status;

	memcpy(extent, product->left->extent, rank * sizeof(*extent));
	extent[rank - 2] = product->transposed[0] ? product->rows : extent[rank - 2];
	extent[rank - 1] = product->columns;
	status = folded_make(conversion, false, rank, extent, result, error);

	if (status == CNNVIZ_OK && result->count > 0
			&& product->length > MOST_PRODUCTS / result->count) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"multiplies more numbers than any network does while it "
				"is read");
	}
	for (int64_t i = 0; i < result->count && status == CNNVIZ_OK; i++) {
		int64_t row = i / product->columns, column = i % product->columns;
		double sum = 0;

		for (int64_t k = 0; k < product->length; k++) {
			sum += element(product->left, product->transposed[0], row, k)
					* element(product->right, product->transposed[1],
							k, column);
		}
		result->reals[i] = product->factor * sum;
	}
	return status;
}

/** Add a constant that is repeated to the result's extents. */
static cnnviz_status add_third(struct conversion *conversion, double factor,
		struct folded *result, struct error *error)
{
	const struct constant *third;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct constant expanded;
	uint32_t rank;
	cnnviz_status status = onnx_input_constant(conversion, 2, "bias", &third, error);

	if (status == CNNVIZ_OK) {
		status = folded_extents(third, &result->constant, &rank, extent, error);
	}
	if (status == CNNVIZ_OK
			&& (rank != result->constant.rank
					|| memcmp(extent, result->constant.extent,
							   rank * sizeof(*extent))
							!= 0)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"adds more numbers than the product has");
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	expanded = folded_expand(third, rank, extent);
	for (int64_t i = 0; i < result->count; i++) {
		result->reals[i] += factor * constant_real(&expanded, i);
	}
	return CNNVIZ_OK;
}

cnnviz_status fold_gemm(struct conversion *conversion, struct error *error)
{
	const struct onnx_node *node = conversion->node;
	struct product product = {
		.transposed = { onnx_integer(node, "transA", 0) != 0,
				onnx_integer(node, "transB", 0) != 0 },
		.factor = onnx_real(node, "alpha", 1),
	};
	struct folded result;
	cnnviz_status status = read_product(conversion, &product, error);

	if (status == CNNVIZ_OK) {
		status = multiply(conversion, &product, &result, error);
	}
	if (status == CNNVIZ_OK && onnx_input_count(conversion) > 2) {
		status = add_third(conversion, onnx_real(node, "beta", 1), &result,
				error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

cnnviz_status fold_matmul(struct conversion *conversion, struct error *error)
{
	struct product product = { .factor = 1 };
	struct folded result;
	cnnviz_status status = read_product(conversion, &product, error);

	if (status == CNNVIZ_OK) {
		status = multiply(conversion, &product, &result, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

/* ---- Reductions ---------------------------------------------------------------- */

static double add(double a, double b)
{
	return a + b;
}

static double times(double a, double b)
{
	return a * b;
}

static const struct reduction {
	const char *operator;
	double start;
	double (*combine)(double a, double b);
	bool divides; /* by the number of elements, in the end */
} reductions[] = {
	{ "ReduceMax", -INFINITY, fmax, false },
	{ "ReduceMean", 0, add, true },
	{ "ReduceMin", INFINITY, fmin, false },
	{ "ReduceProd", 1, times, false },
	{ "ReduceSum", 0, add, false },
};

/** The element of the result that element i of a constant goes into */
static int64_t target_of(const struct constant *constant, const bool *reduced, int64_t i)
{
	int64_t target = 0, stride = 1;

	for (uint32_t d = constant->rank; d-- > 0;) {
		if (!reduced[d]) {
			target += i % constant->extent[d] * stride;
			stride *= constant->extent[d];
		}
		i /= constant->extent[d];
	}
	return target;
}

/** Elements of the result as doubles */
static void reduce(const struct reduction *reduction, const struct constant *constant,
		const bool *reduced, double *values, int64_t count)
{
	int64_t elements = constant_count(constant);

	for (int64_t i = 0; i < count; i++) {
		values[i] = reduction->start;
	}
	for (int64_t i = 0; i < elements; i++) {
		double *value = &values[target_of(constant, reduced, i)];

		*value = reduction->combine(*value, constant_real(constant, i));
	}
	for (int64_t i = 0; i < count && reduction->divides; i++) {
		values[i] /= (double)(elements / count);
	}
}

/** Shapes are integers before they are reduced, and after. */
static cnnviz_status make_whole(struct conversion *conversion, struct folded *result,
		struct error *error)
{
	struct folded whole;
	cnnviz_status status = folded_make(conversion, true, result->constant.rank,
			result->constant.extent, &whole, error);

	for (int64_t i = 0; i < result->count && status == CNNVIZ_OK; i++) {
		folded_copy(&whole, i, &result->constant, i);
	}
	*result = whole;
	return status;
}

cnnviz_status fold_reduced(struct conversion *conversion, struct error *error)
{
	const struct reduction *reduction = reductions;
	bool keep = onnx_integer(conversion->node, "keepdims", 1) != 0;
	bool reduced[CNNVIZ_MAX_RANK];
	int64_t extent[CNNVIZ_MAX_RANK];
	const struct constant *constant;
	struct folded result;
	uint32_t rank = 0;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	while (strcmp(reduction->operator, conversion->node->operator) != 0) {
		reduction++;
	}
	if (status == CNNVIZ_OK) {
		status = axes_reduced(conversion, constant->rank, reduced, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (uint32_t d = 0; d < constant->rank; d++) {
		if (!reduced[d] || keep) {
			extent[rank++] = reduced[d] ? 1 : constant->extent[d];
		}
	}
	status = folded_make(conversion, false, rank, extent, &result, error);
	if (status == CNNVIZ_OK) {
		reduce(reduction, constant, reduced, result.reals, result.count);
	}
	if (status == CNNVIZ_OK && constant_is_integer(constant)) {
		status = make_whole(conversion, &result, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

/**
 * \file    engine/reference/array.c
 * \brief   Operations on arrays of any rank, such as rows of tokens
 */
#include <math.h>

#include "engine/reference/operation.h"

/* ---- Parameter ----------------------------------------------------------------- */

static void parameter_forward(struct work *work)
{
	const float *weight = weight_of(work, GRAPH_WEIGHT);
	int64_t size = work->output->count / work->output->shape[0];

	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = (double)weight[i % size];
	}
}

/** Nothing that the picture decides comes out of it. */
static void parameter_backward(struct work *work)
{
	(void)work;
}

/* ---- Permute ------------------------------------------------------------------- */

/** Distance of neighbors along an axis, of which 0 is that of the items */
static int64_t stride_of(const struct reference_value *value, uint32_t axis)
{
	int64_t stride = 1;

	for (uint32_t d = axis + 1; d < value->rank; d++) {
		stride *= value->shape[d];
	}
	return stride;
}

/** Element of the input that element i is */
static int64_t permuted(const struct work *work, int64_t i)
{
	const struct reference_value *x = work->inputs[0], *y = work->output;
	int64_t at = 0;

	for (uint32_t d = y->rank; d-- > 0;) {
		uint32_t axis = d == 0 ? 0 : (uint32_t)work->settings->order[d - 1];

		at += i % y->shape[d] * stride_of(x, axis);
		i /= y->shape[d];
	}
	return at;
}

static void permute_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = work->inputs[0]->data[permuted(work, i)];
	}
}

static void permute_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->inputs[0]->gradient[permuted(work, i)] += work->output->gradient[i];
	}
}

/* ---- Products of matrices ------------------------------------------------------ */

/** First element of the matrix of an input that goes into that of element i */
static int64_t matrix_of(const struct work *work, size_t k, int64_t i)
{
	const struct reference_value *x = work->inputs[k], *y = work->output;
	uint32_t last = y->rank - 2;
	int64_t stride = x->shape[last] * x->shape[last + 1];
	int64_t at = 0;

	i /= y->shape[last] * y->shape[last + 1];
	for (uint32_t d = last; d-- > 0;) {
		at += x->shape[d] == 1 ? 0 : i % y->shape[d] * stride;
		stride *= x->shape[d];
		i /= y->shape[d];
	}
	return at;
}

/** The row of the first input and the column of the second whose product is element i */
static void find_factors(const struct work *work, int64_t i, int64_t *row,
		int64_t *column, int64_t *length)
{
	const struct reference_value *a = work->inputs[0], *y = work->output;
	int64_t columns = y->shape[y->rank - 1];

	*length = a->shape[a->rank - 1];
	*row = matrix_of(work, 0, i) + i / columns % y->shape[y->rank - 2] * *length;
	*column = matrix_of(work, 1, i) + i % columns;
}

static void matmul_forward(struct work *work)
{
	const struct reference_value *a = work->inputs[0], *b = work->inputs[1];
	struct reference_value *y = work->output;
	int64_t row, column, length, columns = y->shape[y->rank - 1];

	for (int64_t i = 0; i < y->count; i++) {
		find_factors(work, i, &row, &column, &length);
		for (int64_t k = 0; k < length; k++) {
			y->data[i] += a->data[row + k] * b->data[column + k * columns];
		}
	}
}

static void matmul_backward(struct work *work)
{
	struct reference_value *a = work->inputs[0], *b = work->inputs[1];
	const struct reference_value *y = work->output;
	int64_t row, column, length, columns = y->shape[y->rank - 1];

	for (int64_t i = 0; i < y->count; i++) {
		double g = y->gradient[i];

		find_factors(work, i, &row, &column, &length);
		for (int64_t k = 0; k < length; k++) {
			a->gradient[row + k] += g * b->data[column + k * columns];
			b->gradient[column + k * columns] += g * a->data[row + k];
		}
	}
}

/* ---- Reductions of an axis ----------------------------------------------------- */

/** The values of an axis that element i of the output is made of */
static struct line line_of(const struct work *work, int64_t i)
{
	const struct reference_value *x = work->inputs[0];
	uint32_t axis = 1 + (uint32_t)work->settings->axis;
	int64_t stride = stride_of(x, axis);

	return (struct line){
		.first = i / stride * stride * x->shape[axis] + i % stride,
		.stride = stride,
		.length = x->shape[axis],
	};
}

static void mean_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		struct line line = line_of(work, i);

		for (int64_t k = 0; k < line.length; k++) {
			work->output->data[i] += *at_line(work->inputs[0]->data, &line, k)
					/ (double)line.length;
		}
	}
}

static void mean_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		struct line line = line_of(work, i);

		for (int64_t k = 0; k < line.length; k++) {
			*at_line(work->inputs[0]->gradient, &line, k) +=
					work->output->gradient[i] / (double)line.length;
		}
	}
}

/** The largest value, or not a number where any is not */
static void amax_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		struct line line = line_of(work, i);
		double largest = -INFINITY;

		for (int64_t k = 0; k < line.length; k++) {
			double x = *at_line(work->inputs[0]->data, &line, k);

			largest = x > largest || isnan(x) ? x : largest;
		}
		work->output->data[i] = largest;
	}
}

/** Several largest values share their gradient. */
static void amax_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0];

	for (int64_t i = 0; i < work->output->count; i++) {
		struct line line = line_of(work, i);
		double largest = work->output->data[i];
		int64_t count = 0;

		for (int64_t k = 0; k < line.length; k++) {
			count += *at_line(x->data, &line, k) >= largest;
		}
		for (int64_t k = 0; k < line.length; k++) {
			if (*at_line(x->data, &line, k) >= largest) {
				*at_line(x->gradient, &line, k) +=
						work->output->gradient[i] / (double)count;
			}
		}
	}
}

static void norm_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		struct line line = line_of(work, i);
		double sum = 0;

		for (int64_t k = 0; k < line.length; k++) {
			double x = *at_line(work->inputs[0]->data, &line, k);

			sum += x * x;
		}
		work->output->data[i] = sqrt(sum);
	}
}

static void norm_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0];

	for (int64_t i = 0; i < work->output->count; i++) {
		struct line line = line_of(work, i);
		double norm = work->output->data[i];

		/* PyTorch's choice where it has no slope: 0 */
		for (int64_t k = 0; norm > 0 && k < line.length; k++) {
			*at_line(x->gradient, &line, k) += work->output->gradient[i]
					* *at_line(x->data, &line, k) / norm;
		}
	}
}

const struct reference_operation reference_array_operations[] = {
	{ .name = "parameter",
			.forward = parameter_forward,
			.backward = parameter_backward },
	{ .name = "permute", .forward = permute_forward, .backward = permute_backward },
	{ .name = "matmul", .forward = matmul_forward, .backward = matmul_backward },
	{ .name = "mean", .forward = mean_forward, .backward = mean_backward },
	{ .name = "amax", .forward = amax_forward, .backward = amax_backward },
	{ .name = "norm", .forward = norm_forward, .backward = norm_backward },
	{ .name = NULL },
};

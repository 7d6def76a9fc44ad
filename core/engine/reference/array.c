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

/* ---- Relative positions -------------------------------------------------------- */

/* What torchvision adds to scores of places that were no neighbors before a shift */
#define SEPARATED (-100.0)

/** Which of the three parts between which a shift has rolled a row or column it is in */
static int64_t part_of(int64_t place, int64_t extent, int64_t window, int64_t shift)
{
	return (place >= extent - window) + (place >= extent - shift);
}

/** Whether two places of a window lie in different parts of a map that was rolled */
static bool is_separated(const struct graph_settings *settings, int64_t window, int64_t a,
		int64_t b)
{
	const int64_t *size = settings->kernel, *map = settings->output;
	int64_t shift = settings->step, columns = map[1] / size[1];
	int64_t row, column;

	if (shift == 0) {
		return false;
	}
	row = window / columns * size[0];
	column = window % columns * size[1];
	return part_of(row + a / size[1], map[0], size[0], shift)
			!= part_of(row + b / size[1], map[0], size[0], shift)
			|| part_of(column + a % size[1], map[1], size[1], shift)
			!= part_of(column + b % size[1], map[1], size[1], shift);
}

/** Element of the table that element i has, and whether its places are separated */
static int64_t find_relative(const struct work *work, int64_t i, bool *separated)
{
	const struct reference_value *y = work->output;
	const int64_t *window = work->settings->kernel;
	int64_t places = y->shape[4], heads = y->shape[2];
	int64_t b = i % places, a = i / places % places;
	int64_t head = i / places / places % heads;
	int64_t number = i / places / places / heads;
	int64_t rows = a / window[1] - b / window[1] + window[0] - 1;
	int64_t columns = a % window[1] - b % window[1] + window[1] - 1;
	int64_t item = number / y->shape[1];

	*separated = is_separated(work->settings, number % y->shape[1], a, b);
	return (item * work->inputs[0]->shape[1] + rows * (2 * window[1] - 1) + columns)
			* heads
			+ head;
}

static void relative_bias_forward(struct work *work)
{
	bool separated;

	for (int64_t i = 0; i < work->output->count; i++) {
		int64_t at = find_relative(work, i, &separated);

		work->output->data[i] = work->inputs[0]->data[at]
				+ (separated ? SEPARATED : 0);
	}
}

static void relative_bias_backward(struct work *work)
{
	bool separated;

	for (int64_t i = 0; i < work->output->count; i++) {
		int64_t at = find_relative(work, i, &separated);

		work->inputs[0]->gradient[at] += work->output->gradient[i];
	}
}

const struct reference_operation reference_array_operations[] = {
	{ .name = "parameter",
			.forward = parameter_forward,
			.backward = parameter_backward },
	{ .name = "permute", .forward = permute_forward, .backward = permute_backward },
	{ .name = "matmul", .forward = matmul_forward, .backward = matmul_backward },
	{ .name = "relative_bias",
			.forward = relative_bias_forward,
			.backward = relative_bias_backward },
	{ .name = "mean", .forward = mean_forward, .backward = mean_backward },
	{ .name = "amax", .forward = amax_forward, .backward = amax_backward },
	{ .name = "norm", .forward = norm_forward, .backward = norm_backward },
	{ .name = NULL },
};

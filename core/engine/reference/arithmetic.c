/**
 * \file    engine/reference/arithmetic.c
 * \brief   Sums, differences, products and quotients, with what is smaller repeated
 */
#include "engine/reference/operation.h"

/** The element of an input that goes into element i of the output */
static int64_t element(const struct work *work, size_t k, int64_t i)
{
	const struct reference_value *x = work->inputs[k], *y = work->output;
	int64_t at = 0, stride = 1;

	for (uint32_t d = y->rank; d-- > 0;) {
		at += x->shape[d] == 1 ? 0 : i % y->shape[d] * stride;
		stride *= x->shape[d];
		i /= y->shape[d];
	}
	return at;
}

static double operand(const struct work *work, size_t k, int64_t i)
{
	return work->inputs[k]->data[element(work, k, i)];
}

/** Add a part of the gradient of element i to that of an input. */
static void contribute(struct work *work, size_t k, int64_t i, double share)
{
	work->inputs[k]->gradient[element(work, k, i)] += share
			* work->output->gradient[i];
}

static void add_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		for (size_t k = 0; k < work->node->input_count; k++) {
			work->output->data[i] += operand(work, k, i);
		}
	}
}

static void add_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		for (size_t k = 0; k < work->node->input_count; k++) {
			contribute(work, k, i, 1);
		}
	}
}

static void sub_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = operand(work, 0, i) - operand(work, 1, i);
	}
}

static void sub_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		contribute(work, 0, i, 1);
		contribute(work, 1, i, -1);
	}
}

static void mul_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = operand(work, 0, i) * operand(work, 1, i);
	}
}

static void mul_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		contribute(work, 0, i, operand(work, 1, i));
		contribute(work, 1, i, operand(work, 0, i));
	}
}

static void div_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = operand(work, 0, i) / operand(work, 1, i);
	}
}

static void div_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		double a = operand(work, 0, i), b = operand(work, 1, i);

		contribute(work, 0, i, 1 / b);
		contribute(work, 1, i, -a / (b * b));
	}
}

const struct reference_operation reference_arithmetic_operations[] = {
	{ .name = "add", .forward = add_forward, .backward = add_backward },
	{ .name = "sub", .forward = sub_forward, .backward = sub_backward },
	{ .name = "mul", .forward = mul_forward, .backward = mul_backward },
	{ .name = "div", .forward = div_forward, .backward = div_backward },
	{ .name = NULL },
};

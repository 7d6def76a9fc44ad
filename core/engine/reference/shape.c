/**
 * \file    engine/reference/shape.c
 * \brief   Operations that copy values, reshape them or join them
 */
#include <string.h>

#include "engine/reference/operation.h"

static void copy_forward(struct work *work)
{
	memcpy(work->output->data, work->inputs[0]->data,
			(size_t)work->output->count * sizeof(double));
}

static void copy_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->inputs[0]->gradient[i] += work->output->gradient[i];
	}
}

static void concat_all(struct work *work, bool backward)
{
	struct reference_value *y = work->output;
	int64_t before = 0;

	for (size_t k = 0; k < work->node->input_count; k++) {
		struct reference_value *x = work->inputs[k];
		int64_t length = x->shape[1] * plane(x);

		for (int64_t i = 0; i < x->count; i++) {
			int64_t at = i / length * y->shape[1] * plane(y) + before
					+ i % length;

			if (backward) {
				x->gradient[i] += y->gradient[at];
			} else {
				y->data[at] = x->data[i];
			}
		}
		before += length;
	}
}

static void concat_forward(struct work *work)
{
	concat_all(work, false);
}

static void concat_backward(struct work *work)
{
	concat_all(work, true);
}

const struct reference_operation reference_shape_operations[] = {
	{ .name = "flatten", .forward = copy_forward, .backward = copy_backward },
	{ .name = "dropout", .forward = copy_forward, .backward = copy_backward },
	{ .name = "concat", .forward = concat_forward, .backward = concat_backward },
	{ .name = NULL },
};

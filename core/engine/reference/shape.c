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

/** Elements of an axis and all behind it, which lie side by side */
static int64_t run_of(const struct work *work, const struct reference_value *value)
{
	int64_t count = 1;

	for (int64_t d = 1 + work->settings->axis; d < value->rank; d++) {
		count *= value->shape[d];
	}
	return count;
}

static void concat_all(struct work *work, bool backward)
{
	struct reference_value *y = work->output;
	int64_t before = 0;

	for (size_t k = 0; k < work->node->input_count; k++) {
		struct reference_value *x = work->inputs[k];
		int64_t length = run_of(work, x), whole = run_of(work, y);

		for (int64_t i = 0; i < x->count; i++) {
			int64_t at = i / length * whole + before + i % length;

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

/** Element of the input that element i of a slice is */
static int64_t sliced(const struct work *work, int64_t i)
{
	int64_t length = run_of(work, work->output);
	int64_t whole = run_of(work, work->inputs[0]);
	int64_t unit = length / work->output->shape[1 + work->settings->axis];
	int64_t index = work->settings->output[0]
			+ i % length / unit * work->settings->step;

	return i / length * whole + index * unit + i % unit;
}

static void slice_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = work->inputs[0]->data[sliced(work, i)];
	}
}

static void slice_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->inputs[0]->gradient[sliced(work, i)] += work->output->gradient[i];
	}
}

/** Element of the input that element i comes from: rows of channels become columns. */
static int64_t unshuffled(const struct work *work, int64_t i)
{
	int64_t groups = work->settings->groups, size = plane(work->output);
	int64_t channels = work->output->shape[1];
	int64_t channel = i / size % channels;
	int64_t from = channel % groups * (channels / groups) + channel / groups;

	return i + (from - channel) * size;
}

static void shuffle_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = work->inputs[0]->data[unshuffled(work, i)];
	}
}

static void shuffle_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->inputs[0]->gradient[unshuffled(work, i)] +=
				work->output->gradient[i];
	}
}

const struct reference_operation reference_shape_operations[] = {
	{ .name = "flatten", .forward = copy_forward, .backward = copy_backward },
	{ .name = "reshape", .forward = copy_forward, .backward = copy_backward },
	{ .name = "dropout", .forward = copy_forward, .backward = copy_backward },
	{ .name = "concat", .forward = concat_forward, .backward = concat_backward },
	{ .name = "slice", .forward = slice_forward, .backward = slice_backward },
	{ .name = "channel_shuffle",
			.forward = shuffle_forward,
			.backward = shuffle_backward },
	{ .name = NULL },
};

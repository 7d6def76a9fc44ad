/**
 * \file    engine/reference/resample.c
 * \brief   Padding as an operation of its own, and enlarging
 */
#include <math.h>

#include "engine/reference/operation.h"

/* ---- Padding ------------------------------------------------------------------- */

/** The input's row or column at a position that may lie beyond its edges; -1: none */
static int64_t inside(const struct work *work, int64_t position, int64_t extent)
{
	if (position >= 0 && position < extent) {
		return position;
	}
	switch (work->settings->mode) {
	case GRAPH_PAD_REFLECT:
		return position < 0 ? -position : 2 * (extent - 1) - position;
	case GRAPH_PAD_REPLICATE:
		return position < 0 ? 0 : extent - 1;
	case GRAPH_PAD_CIRCULAR:
		return (position + extent) % extent;
	default:
		return -1;
	}
}

/** The input's element that is element i of the output; -1: none */
static int64_t padded_element(const struct work *work, int64_t i)
{
	const struct reference_value *x = work->inputs[0], *y = work->output;
	int64_t row = inside(work,
			i / y->shape[3] % y->shape[2] - work->settings->padding[0],
			x->shape[2]);
	int64_t column = inside(work, i % y->shape[3] - work->settings->padding[2],
			x->shape[3]);

	return row < 0 || column < 0
			? -1
			: i / plane(y) * plane(x) + row * x->shape[3] + column;
}

static void pad_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		int64_t k = padded_element(work, i);

		work->output->data[i] = k < 0 ? work->settings->value
					      : work->inputs[0]->data[k];
	}
}

static void pad_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		int64_t k = padded_element(work, i);

		if (k >= 0) {
			work->inputs[0]->gradient[k] += work->output->gradient[i];
		}
	}
}

/* ---- Enlarging ----------------------------------------------------------------- */

/** The two rows or columns of the input that one of the output is blended from */
struct blend {
	int64_t index[2];
	double share[2];
};

/** Distance in the input of neighbors in the output */
static double distance(const struct work *work, int direction)
{
	double in = (double)work->inputs[0]->shape[2 + direction];
	double out = (double)work->output->shape[2 + direction];
	double scale = work->settings->scale[direction];

	if (work->settings->align_corners) {
		return out > 1 ? (in - 1) / (out - 1) : 0;
	}
	return scale > 0 ? 1 / scale : in / out;
}

/** By other coordinates or another rounding than those of PyTorch */
static struct blend find_other(const struct work *work, int direction, int64_t output)
{
	int64_t in = work->inputs[0]->shape[2 + direction];
	double place = graph_place(work->settings, direction, in,
			work->output->shape[2 + direction], output);
	int64_t first = (int64_t)place;

	return (struct blend){ { first, least(first + 1, in - 1) },
		{ 1 - (place - (double)first), place - (double)first } };
}

static struct blend find_blend(const struct work *work, int direction, int64_t output)
{
	int64_t last = work->inputs[0]->shape[2 + direction] - 1;
	double step = distance(work, direction);
	double position = (double)output * step;
	int64_t first;

	if (work->settings->coordinates != GRAPH_COORDINATES_PYTORCH
			|| work->settings->rounding != GRAPH_ROUNDING_FLOOR) {
		return find_other(work, direction, output);
	}
	if (work->settings->mode == GRAPH_UPSAMPLE_NEAREST) {
		first = least((int64_t)floor(position), last);
		return (struct blend){ { first, first }, { 1, 0 } };
	}
	if (!work->settings->align_corners) {
		position = fmax(0, ((double)output + 0.5) * step - 0.5);
	}
	first = least((int64_t)floor(position), last);
	position = fmin(1, position - (double)first);
	return (struct blend){ { first, least(first + 1, last) },
		{ 1 - position, position } };
}

static void enlarge(struct work *work, bool backward)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		struct blend rows = find_blend(work, 0, i / y->shape[3] % y->shape[2]);
		struct blend columns = find_blend(work, 1, i % y->shape[3]);

		for (int k = 0; k < 4; k++) {
			double share = rows.share[k / 2] * columns.share[k % 2];
			int64_t at = i / plane(y) * plane(x)
					+ rows.index[k / 2] * x->shape[3]
					+ columns.index[k % 2];

			if (backward) {
				x->gradient[at] += share * y->gradient[i];
			} else {
				y->data[i] += share * x->data[at];
			}
		}
	}
}

static void enlarge_forward(struct work *work)
{
	enlarge(work, false);
}

static void enlarge_backward(struct work *work)
{
	enlarge(work, true);
}

const struct reference_operation reference_resample_operations[] = {
	{ .name = "pad", .forward = pad_forward, .backward = pad_backward },
	{ .name = "upsample", .forward = enlarge_forward, .backward = enlarge_backward },
	{ .name = "interpolate",
			.forward = enlarge_forward,
			.backward = enlarge_backward },
	{ .name = NULL },
};

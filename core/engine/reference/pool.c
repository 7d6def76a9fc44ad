/**
 * \file    engine/reference/pool.c
 * \brief   Pooling, and unpooling by switches
 */
#include <math.h>

#include "engine/reference/operation.h"

/* ---- Max pools and unpooling --------------------------------------------------- */

/** Whether a value takes the place of another; what is not a number does */
static bool wins(double value, double other)
{
	return value > other || isnan(value);
}

/** Index of the largest input of one window; the first of equals */
static int64_t find_winner(const struct work *work, int64_t origin, int64_t row,
		int64_t column)
{
	const struct graph_settings *s = work->settings;
	const struct reference_value *x = work->inputs[0];
	int64_t best = -1;

	for (int64_t ky = 0; ky < s->kernel[0]; ky++) {
		int64_t iy = row * s->stride[0] - work->padding[0] + ky * s->dilation[0];

		for (int64_t kx = 0; kx < s->kernel[1]; kx++) {
			int64_t ix = column * s->stride[1] - work->padding[2]
					+ kx * s->dilation[1];
			int64_t at = origin + iy * x->shape[3] + ix;

			if (iy < 0 || iy >= x->shape[2] || ix < 0 || ix >= x->shape[3]) {
				continue;
			}
			if (best < 0 || wins(x->data[at], x->data[best])) {
				best = at;
			}
		}
	}
	return best;
}

static void max_pool_forward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		int64_t column = i % y->shape[3], row = i / y->shape[3] % y->shape[2];

		y->winner[i] = find_winner(work, i / plane(y) * plane(x), row, column);
		y->data[i] = y->winner[i] < 0 ? -HUGE_VAL : x->data[y->winner[i]];
	}
}

static void max_pool_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		if (y->winner[i] >= 0) {
			x->gradient[y->winner[i]] += y->gradient[i];
		}
	}
}

/**
 * Put each value at the position of its switch; of several at one position the last is
 * kept
 */
static void unpool_forward(struct work *work)
{
	const struct reference_value *x = work->inputs[0], *pool = work->inputs[1];
	struct reference_value *y = work->output;

	for (int64_t i = 0; i < x->count; i++) {
		if (pool->winner[i] >= 0) {
			y->data[pool->winner[i]] = x->data[i];
			y->winner[pool->winner[i]] = i + 1;
		}
	}
}

static void unpool_backward(struct work *work)
{
	const struct reference_value *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		if (y->winner[i] > 0) {
			work->inputs[0]->gradient[y->winner[i] - 1] += y->gradient[i];
		}
	}
}

/* ---- Average pools ------------------------------------------------------------- */

/** The inputs along one direction that one output averages: from first to end */
struct extent {
	int64_t first, end;
	int64_t divisor; /* divisor, with or without padding */
};

typedef struct extent (*find_extent)(const struct work *work, int direction,
		int64_t output);

static struct extent window_extent(const struct work *work, int direction, int64_t output)
{
	const struct graph_settings *s = work->settings;
	int64_t size = work->inputs[0]->shape[2 + direction];
	int64_t start = output * s->stride[direction] - work->padding[2 * direction];
	int64_t stop = least(start + s->kernel[direction],
			size + work->padding[2 * direction + 1]);
	int64_t first = most(start, 0), end = least(stop, size);

	return (struct extent){ first, end,
		s->count_include_pad ? stop - start : end - first };
}

static struct extent adaptive_extent(const struct work *work, int direction,
		int64_t output)
{
	int64_t size = work->inputs[0]->shape[2 + direction];
	int64_t outputs = work->output->shape[2 + direction];
	int64_t first = output * size / outputs;
	int64_t end = ((output + 1) * size + outputs - 1) / outputs;

	return (struct extent){ first, end, end - first };
}

static void average(struct work *work, find_extent find, bool backward)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		struct extent rows = find(work, 0, i / y->shape[3] % y->shape[2]);
		struct extent columns = find(work, 1, i % y->shape[3]);
		double share = 1 / (double)(rows.divisor * columns.divisor);

		for (int64_t iy = rows.first; iy < rows.end; iy++) {
			for (int64_t ix = columns.first; ix < columns.end; ix++) {
				int64_t at = i / plane(y) * plane(x) + iy * x->shape[3]
						+ ix;

				if (backward) {
					x->gradient[at] += share * y->gradient[i];
				} else {
					y->data[i] += share * x->data[at];
				}
			}
		}
	}
}

static void avg_pool_forward(struct work *work)
{
	average(work, window_extent, false);
}

static void avg_pool_backward(struct work *work)
{
	average(work, window_extent, true);
}

static void adaptive_avg_pool_forward(struct work *work)
{
	average(work, adaptive_extent, false);
}

static void adaptive_avg_pool_backward(struct work *work)
{
	average(work, adaptive_extent, true);
}

/** The first of equals wins, as in any other max pool. */
static void adaptive_max_pool_forward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		struct extent rows = adaptive_extent(work, 0,
				i / y->shape[3] % y->shape[2]);
		struct extent columns = adaptive_extent(work, 1, i % y->shape[3]);
		int64_t origin = i / plane(y) * plane(x);
		int64_t best = origin + rows.first * x->shape[3] + columns.first;

		for (int64_t iy = rows.first; iy < rows.end; iy++) {
			for (int64_t ix = columns.first; ix < columns.end; ix++) {
				int64_t at = origin + iy * x->shape[3] + ix;

				best = wins(x->data[at], x->data[best]) ? at : best;
			}
		}
		y->winner[i] = best;
		y->data[i] = x->data[best];
	}
}

/* ---- Sums ---------------------------------------------------------------------- */

static void sum_forward(struct work *work)
{
	const struct reference_value *x = work->inputs[0];

	for (int64_t i = 0; i < x->count; i++) {
		work->output->data[i / plane(x)] += x->data[i];
	}
}

static void sum_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0];

	for (int64_t i = 0; i < x->count; i++) {
		x->gradient[i] += work->output->gradient[i / plane(x)];
	}
}

const struct reference_operation reference_pool_operations[] = {
	{ .name = "max_pool2d",
			.forward = max_pool_forward,
			.backward = max_pool_backward,
			.winners = true },
	{ .name = "max_unpool2d",
			.forward = unpool_forward,
			.backward = unpool_backward,
			.winners = true },
	{ .name = "avg_pool2d",
			.forward = avg_pool_forward,
			.backward = avg_pool_backward },
	{ .name = "adaptive_avg_pool2d",
			.forward = adaptive_avg_pool_forward,
			.backward = adaptive_avg_pool_backward },
	{ .name = "adaptive_max_pool2d",
			.forward = adaptive_max_pool_forward,
			.backward = max_pool_backward,
			.winners = true },
	{ .name = "sum", .forward = sum_forward, .backward = sum_backward },
	{ .name = NULL },
};

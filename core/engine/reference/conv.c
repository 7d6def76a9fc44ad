/**
 * \file    engine/reference/conv.c
 * \brief   Operations that multiply by a weight: convolutions and linear layers
 */
#include "engine/reference/operation.h"

/* ---- Convolution --------------------------------------------------------------- */

/** The outputs o of a row for which 0 <= o * stride + offset < size */
static void valid_outputs(int64_t count, int64_t stride, int64_t offset, int64_t size,
		int64_t *first, int64_t *end)
{
	*first = offset < 0 ? (-offset + stride - 1) / stride : 0;
	*end = offset < size ? least(count, (size - 1 - offset) / stride + 1) : 0;
}

/**
 * All products for one plane of the input and one of the output: forward y += w x,
 * backward dx += w dy
 */
static void conv_planes(const struct work *work, const float *kernel, double *x,
		double *y, bool backward)
{
	const struct graph_settings *s = work->settings;
	const int64_t *in = work->inputs[0]->shape, *out = work->output->shape;

	for (int64_t ky = 0; ky < s->kernel[0]; ky++) {
		int64_t dy = ky * s->dilation[0] - work->padding[0];
		int64_t top, bottom;

		valid_outputs(out[2], s->stride[0], dy, in[2], &top, &bottom);
		for (int64_t kx = 0; kx < s->kernel[1]; kx++) {
			int64_t dx = kx * s->dilation[1] - work->padding[2];
			double w = (double)kernel[ky * s->kernel[1] + kx];
			int64_t left, right;

			valid_outputs(out[3], s->stride[1], dx, in[3], &left, &right);
			for (int64_t row = top; row < bottom; row++) {
				double *from = x + (row * s->stride[0] + dy) * in[3] + dx;
				double *to = y + row * out[3];

				for (int64_t i = left; i < right; i++) {
					if (backward) {
						from[i * s->stride[1]] += w * to[i];
					} else {
						to[i] += w * from[i * s->stride[1]];
					}
				}
			}
		}
	}
}

static void conv_all(const struct work *work, double *x, double *y, bool backward)
{
	const struct graph_settings *s = work->settings;
	const struct reference_value *in = work->inputs[0], *out = work->output;
	int64_t per_group = in->shape[1] / s->groups;
	int64_t outs = out->shape[1] / s->groups;
	int64_t size = s->kernel[0] * s->kernel[1];
	const float *weight = weight_of(work, GRAPH_WEIGHT);

	for (int64_t n = 0; n < in->shape[0]; n++) {
		for (int64_t o = 0; o < out->shape[1]; o++) {
			for (int64_t c = 0; c < per_group; c++) {
				int64_t from = n * in->shape[1] + o / outs * per_group
						+ c;

				conv_planes(work, weight + (o * per_group + c) * size,
						x + from * plane(in),
						y + (n * out->shape[1] + o) * plane(out),
						backward);
			}
		}
	}
}

/** Start every output at its channel's bias. */
static void fill_bias(const struct work *work)
{
	struct reference_value *y = work->output;
	const float *bias = weight_of(work, GRAPH_BIAS);

	for (int64_t i = 0; i < y->count; i++) {
		y->data[i] = bias == NULL ? 0 : (double)bias[i / plane(y) % y->shape[1]];
	}
}

static void conv_forward(struct work *work)
{
	fill_bias(work);
	conv_all(work, work->inputs[0]->data, work->output->data, false);
}

static void conv_backward(struct work *work)
{
	conv_all(work, work->inputs[0]->gradient, work->output->gradient, true);
}

/* ---- Transposed convolution ---------------------------------------------------- */

/** Index of the output row or column for input i and kernel element k */
static int64_t transposed_index(const struct work *work, int direction, int64_t i,
		int64_t k)
{
	const struct graph_settings *s = work->settings;
	int64_t at = i * s->stride[direction] + k * s->dilation[direction]
			- work->padding[2 * direction];

	return at < work->output->shape[2 + direction] ? at : -1;
}

/** All products of input element i with channel o of its group */
static void transposed_element(const struct work *work, int64_t i, int64_t o,
		bool backward)
{
	const struct graph_settings *s = work->settings;
	struct reference_value *x = work->inputs[0], *y = work->output;
	int64_t column = i % x->shape[3], row = i / x->shape[3] % x->shape[2];
	int64_t c = i / plane(x) % x->shape[1], n = i / plane(x) / x->shape[1];
	int64_t per_group = y->shape[1] / s->groups;
	int64_t group = c / (x->shape[1] / s->groups);
	int64_t origin = (n * y->shape[1] + group * per_group + o) * plane(y);
	const float *kernel = weight_of(work, GRAPH_WEIGHT)
			+ (c * per_group + o) * s->kernel[0] * s->kernel[1];

	for (int64_t k = 0; k < s->kernel[0] * s->kernel[1]; k++) {
		int64_t oy = transposed_index(work, 0, row, k / s->kernel[1]);
		int64_t ox = transposed_index(work, 1, column, k % s->kernel[1]);
		int64_t at = origin + oy * y->shape[3] + ox;

		if (oy < 0 || ox < 0) {
			continue;
		}
		if (backward) {
			x->gradient[i] += (double)kernel[k] * y->gradient[at];
		} else {
			y->data[at] += (double)kernel[k] * x->data[i];
		}
	}
}

static void transposed_all(struct work *work, bool backward)
{
	int64_t outs = work->output->shape[1] / work->settings->groups;

	for (int64_t i = 0; i < work->inputs[0]->count; i++) {
		for (int64_t o = 0; o < outs; o++) {
			transposed_element(work, i, o, backward);
		}
	}
}

static void transposed_forward(struct work *work)
{
	fill_bias(work);
	transposed_all(work, false);
}

static void transposed_backward(struct work *work)
{
	transposed_all(work, true);
}

/* ---- Linear -------------------------------------------------------------------- */

static void linear_all(const struct work *work, bool backward)
{
	struct reference_value *x = work->inputs[0], *y = work->output;
	const float *weight = weight_of(work, GRAPH_WEIGHT);
	int64_t taken = x->shape[x->rank - 1], made = y->shape[y->rank - 1];

	for (int64_t i = 0; i < y->count; i++) {
		int64_t first = i / made * taken;
		const float *row = weight + i % made * taken;

		for (int64_t k = 0; k < taken; k++) {
			if (backward) {
				x->gradient[first + k] += (double)row[k] * y->gradient[i];
			} else {
				y->data[i] += (double)row[k] * x->data[first + k];
			}
		}
	}
}

static void linear_forward(struct work *work)
{
	const float *bias = weight_of(work, GRAPH_BIAS);
	struct reference_value *y = work->output;

	for (int64_t i = 0; bias != NULL && i < y->count; i++) {
		y->data[i] = (double)bias[i % y->shape[y->rank - 1]];
	}
	linear_all(work, false);
}

static void linear_backward(struct work *work)
{
	linear_all(work, true);
}

const struct reference_operation reference_conv_operations[] = {
	{ .name = "conv2d", .forward = conv_forward, .backward = conv_backward },
	{ .name = "conv_transpose2d",
			.forward = transposed_forward,
			.backward = transposed_backward },
	{ .name = "linear", .forward = linear_forward, .backward = linear_backward },
	{ .name = NULL },
};

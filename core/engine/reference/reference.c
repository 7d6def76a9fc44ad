/**
 * \file    engine/reference/reference.c
 * \brief   Networks in double precision, by loops that follow the definitions
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/reference/reference.h"

/** One operation at work */
struct work {
	const struct reference_run *run;
	const struct graph_node *node;
	const struct graph_settings *settings;
	struct reference_value **inputs;
	struct reference_value *output;
	int64_t padding[4];
	uint32_t rule;
};

static const float *weight_of(const struct work *work, enum graph_weight role)
{
	const cnnviz_tensor *tensor = work->node->weights[role];

	return tensor == NULL ? NULL : work->run->tensor->data(tensor);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/** Elements of one channel */
static int64_t plane(const struct reference_value *value)
{
	return value->shape[2] * value->shape[3];
}

/* ---- Shapes ------------------------------------------------------------------- */

/** Padding before and after along one direction, 0 vertical, 1 horizontal */
static void resolve_padding(struct work *work, int direction)
{
	const struct graph_settings *settings = work->settings;
	int64_t *padding = &work->padding[2 * direction];
	int64_t size = work->inputs[0]->shape[2 + direction];
	int64_t stride = settings->stride[direction];
	int64_t reach = (settings->kernel[direction] - 1) * settings->dilation[direction];

	padding[0] = settings->padding[2 * direction];
	padding[1] = settings->padding[2 * direction + 1];
	if (settings->padding_same) {
		int64_t last = (size - 1) / stride * stride;
		int64_t total = most(0, last + reach + 1 - size);

		padding[0] = total / 2;
		padding[1] = total - padding[0];
	}
}

static int64_t window_count(const struct work *work, int direction)
{
	const struct graph_settings *settings = work->settings;
	const int64_t *padding = &work->padding[2 * direction];
	int64_t size = work->inputs[0]->shape[2 + direction];
	int64_t stride = settings->stride[direction];
	int64_t reach = (settings->kernel[direction] - 1) * settings->dilation[direction];
	int64_t room = size + padding[0] + padding[1] - reach - 1;
	int64_t count = room / stride + 1;

	if (settings->ceil_mode && room % stride != 0
			&& count * stride < size + padding[0]) {
		count++;
	}
	return count;
}

static void shape_windows(struct work *work)
{
	for (int direction = 0; direction < 2; direction++) {
		resolve_padding(work, direction);
		work->output->shape[2 + direction] = window_count(work, direction);
	}
}

/** As large as the input whose convolution by the same settings gives what comes in */
static void shape_transposed(struct work *work)
{
	const struct graph_settings *s = work->settings;

	for (int d = 0; d < 2; d++) {
		resolve_padding(work, d);
		work->output->shape[2 + d] = (work->inputs[0]->shape[2 + d] - 1)
						* s->stride[d]
				+ (s->kernel[d] - 1) * s->dilation[d] + 1
				+ s->output_padding[d] - work->padding[2 * d]
				- work->padding[2 * d + 1];
	}
}

/** What went into the pool whose switches an unpooling takes */
static const struct reference_value *pool_input(const struct work *work)
{
	const struct graph *graph = work->run->graph;
	const struct graph_node *pool = &graph->nodes[work->node->inputs[1]];

	return &work->run->values[pool->inputs[0]];
}

static void infer_shape(struct work *work)
{
	struct reference_value *y = work->output;
	const struct reference_value *x = work->inputs[0];

	y->rank = x->rank;
	memcpy(y->shape, x->shape, sizeof(y->shape));
	switch (work->node->op) {
	case GRAPH_CONV2D:
		y->shape[1] = work->settings->out;
		shape_windows(work);
		break;
	case GRAPH_CONV_TRANSPOSE2D:
		y->shape[1] = work->settings->out;
		shape_transposed(work);
		break;
	case GRAPH_MAX_POOL2D:
	case GRAPH_AVG_POOL2D:
		shape_windows(work);
		break;
	case GRAPH_MAX_UNPOOL2D:
		memcpy(y->shape, pool_input(work)->shape, sizeof(y->shape));
		break;
	case GRAPH_ADAPTIVE_AVG_POOL2D:
		y->shape[2] = work->settings->output[0];
		y->shape[3] = work->settings->output[1];
		break;
	case GRAPH_LINEAR:
		y->shape[1] = work->settings->out;
		break;
	case GRAPH_FLATTEN:
		y->rank = 2;
		y->shape[1] = x->shape[1] * plane(x);
		y->shape[2] = 1;
		y->shape[3] = 1;
		break;
	case GRAPH_CONCAT:
		for (size_t i = 1; i < work->node->input_count; i++) {
			y->shape[1] += work->inputs[i]->shape[1];
		}
		break;
	default:
		break;
	}
	y->count = y->shape[0] * y->shape[1] * plane(y);
}

/* ---- Convolution ---------------------------------------------------------------- */

/** The outputs o of a row for which 0 <= o * stride + offset < size */
static void valid_outputs(int64_t count, int64_t stride, int64_t offset, int64_t size,
		int64_t *first, int64_t *end)
{
	*first = offset < 0 ? (-offset + stride - 1) / stride : 0;
	*end = offset < size ? least(count, (size - 1 - offset) / stride + 1) : 0;
}

/**
 * Every product of the sum, for one plane of the input and one of the output:
 * forward y += w x, backward dx += w dy
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

/* ---- Transposed convolution ------------------------------------------------------- */

/** The output element that input row or column i meets through kernel element k */
static int64_t transposed_place(const struct work *work, int direction, int64_t i,
		int64_t k)
{
	const struct graph_settings *s = work->settings;
	int64_t at = i * s->stride[direction] + k * s->dilation[direction]
			- work->padding[2 * direction];

	return at < work->output->shape[2 + direction] ? at : -1;
}

/** Everything that input element i has to do with channel o of its group */
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
		int64_t oy = transposed_place(work, 0, row, k / s->kernel[1]);
		int64_t ox = transposed_place(work, 1, column, k % s->kernel[1]);
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

/* ---- Linear ------------------------------------------------------------------------ */

static void linear_all(const struct work *work, bool backward)
{
	struct reference_value *x = work->inputs[0], *y = work->output;
	const float *weight = weight_of(work, GRAPH_WEIGHT);

	for (int64_t i = 0; i < y->count; i++) {
		int64_t first = i / y->shape[1] * x->shape[1];
		const float *row = weight + i % y->shape[1] * x->shape[1];

		for (int64_t k = 0; k < x->shape[1]; k++) {
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
	fill_bias(work);
	linear_all(work, false);
}

static void linear_backward(struct work *work)
{
	linear_all(work, true);
}

/* ---- Batch normalization -------------------------------------------------------------- */

/** Slope of a channel; *shift is what is added */
static double affine(const struct work *work, int64_t channel, double *shift)
{
	const float *weight = weight_of(work, GRAPH_WEIGHT);
	const float *bias = weight_of(work, GRAPH_BIAS);
	double mean = (double)weight_of(work, GRAPH_RUNNING_MEAN)[channel];
	double variance = (double)weight_of(work, GRAPH_RUNNING_VAR)[channel];
	double slope = (weight == NULL ? 1 : (double)weight[channel])
			/ sqrt(variance + work->settings->eps);

	*shift = (bias == NULL ? 0 : (double)bias[channel]) - mean * slope;
	return slope;
}

static void batch_norm_forward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;
	double shift;

	for (int64_t i = 0; i < y->count; i++) {
		double slope = affine(work, i / plane(x) % x->shape[1], &shift);

		y->data[i] = slope * x->data[i] + shift;
	}
}

static void batch_norm_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;
	double shift;

	for (int64_t i = 0; i < y->count; i++) {
		x->gradient[i] += y->gradient[i]
				* affine(work, i / plane(x) % x->shape[1], &shift);
	}
}

/* ---- Activations ------------------------------------------------------------------------- */

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double activate(enum graph_op op, double x)
{
	switch (op) {
	case GRAPH_RELU:
		return x > 0 ? x : 0;
	case GRAPH_RELU6:
		return x <= 0 ? 0 : x < 6 ? x : 6;
	default:
		return x * sigmoid(x);
	}
}

static double derivative(enum graph_op op, double x)
{
	switch (op) {
	case GRAPH_RELU:
		return x > 0;
	case GRAPH_RELU6:
		return x > 0 && x < 6;
	default:
		return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
	}
}

/** What a rule makes of the gradient g that comes back to an activation at x */
static double ruled(uint32_t rule, enum graph_op op, double x, double g)
{
	if (rule == CNNVIZ_RULE_PLAIN) {
		return derivative(op, x) * g;
	}
	if (g <= 0) {
		return 0;
	}
	if (rule == CNNVIZ_RULE_GUIDED) {
		return x > 0 ? derivative(op, x) * g : 0;
	}
	return op == GRAPH_SILU ? derivative(op, x) * g : g;
}

static void activation_forward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->output->data[i] = activate(work->node->op,
				work->inputs[0]->data[i]);
	}
}

static void activation_backward(struct work *work)
{
	for (int64_t i = 0; i < work->output->count; i++) {
		work->inputs[0]->gradient[i] += ruled(work->rule, work->node->op,
				work->inputs[0]->data[i], work->output->gradient[i]);
	}
}

/* ---- Pools ---------------------------------------------------------------------------------- */

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
			if (best < 0 || x->data[at] > x->data[best]) {
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

/** Each value to where the pool found its own; of several for one place the last */
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

/** The inputs from first up to end that one output averages, and the divisor's share */
static int64_t avg_extent(const struct work *work, int direction, int64_t output,
		int64_t *first, int64_t *end)
{
	const struct graph_settings *s = work->settings;
	int64_t size = work->inputs[0]->shape[2 + direction];
	int64_t windows = work->output->shape[2 + direction];

	if (work->node->op == GRAPH_ADAPTIVE_AVG_POOL2D) {
		*first = output * size / windows;
		*end = ((output + 1) * size + windows - 1) / windows;
		return *end - *first;
	}
	int64_t start = output * s->stride[direction] - work->padding[2 * direction];
	int64_t stop = least(start + s->kernel[direction],
			size + work->padding[2 * direction + 1]);

	*first = most(start, 0);
	*end = least(stop, size);
	return s->count_include_pad ? stop - start : *end - *first;
}

static void avg_pool_all(struct work *work, bool backward)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		int64_t top, bottom, left, right;
		int64_t high = avg_extent(work, 0, i / y->shape[3] % y->shape[2], &top,
				&bottom);
		int64_t wide = avg_extent(work, 1, i % y->shape[3], &left, &right);
		double share = 1 / (double)(high * wide);

		for (int64_t iy = top; iy < bottom; iy++) {
			for (int64_t ix = left; ix < right; ix++) {
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
	avg_pool_all(work, false);
}

static void avg_pool_backward(struct work *work)
{
	avg_pool_all(work, true);
}

/* ---- Joins and reshapes ------------------------------------------------------------------------ */

static void copy_forward(struct work *work)
{
	memcpy(work->output->data, work->inputs[0]->data,
			(size_t)work->output->count * sizeof(double));
}

static void add_forward(struct work *work)
{
	for (size_t k = 0; k < work->node->input_count; k++) {
		for (int64_t i = 0; i < work->output->count; i++) {
			work->output->data[i] += work->inputs[k]->data[i];
		}
	}
}

/** Also of the operations that copy */
static void add_backward(struct work *work)
{
	for (size_t k = 0; k < work->node->input_count; k++) {
		for (int64_t i = 0; i < work->output->count; i++) {
			work->inputs[k]->gradient[i] += work->output->gradient[i];
		}
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

/* ---- Across channels ------------------------------------------------------------------------------ */

/** First element of channel 0 at the place of element i */
static int64_t base_of(const struct reference_value *value, int64_t i)
{
	int64_t item = value->shape[1] * plane(value);

	return i / item * item + i % plane(value);
}

static void softmax_forward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		int64_t base = base_of(x, i);
		double sum = 0;

		for (int64_t c = 0; c < x->shape[1]; c++) {
			sum += exp(x->data[base + c * plane(x)] - x->data[i]);
		}
		y->data[i] = 1 / sum;
	}
}

static void softmax_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < y->count; i++) {
		int64_t base = base_of(x, i);

		for (int64_t c = 0; c < x->shape[1]; c++) {
			int64_t k = base + c * plane(x);

			x->gradient[i] += y->gradient[k] * y->data[k]
					* ((k == i) - y->data[i]);
		}
	}
}

/** The channels from first up to end whose squares divide channel c */
static void lrn_channels(const struct work *work, int64_t c, int64_t *first, int64_t *end)
{
	int64_t size = work->settings->size;

	*first = most(0, c - size / 2);
	*end = least(work->output->shape[1], c + (size - 1) / 2 + 1);
}

static double lrn_denominator(const struct work *work, int64_t i)
{
	const struct graph_settings *s = work->settings;
	const struct reference_value *x = work->inputs[0];
	int64_t first, end;
	double sum = 0;

	lrn_channels(work, i / plane(x) % x->shape[1], &first, &end);
	for (int64_t c = first; c < end; c++) {
		double v = x->data[base_of(x, i) + c * plane(x)];

		sum += v * v;
	}
	return s->k + s->alpha / (double)s->size * sum;
}

static void lrn_forward(struct work *work)
{
	const struct reference_value *x = work->inputs[0];

	for (int64_t i = 0; i < x->count; i++) {
		work->output->data[i] = x->data[i]
				* pow(lrn_denominator(work, i), -work->settings->beta);
	}
}

static void lrn_backward(struct work *work)
{
	const struct graph_settings *s = work->settings;
	struct reference_value *x = work->inputs[0], *y = work->output;

	for (int64_t i = 0; i < x->count; i++) {
		double d = lrn_denominator(work, i);
		double g = y->gradient[i];
		int64_t first, end;

		x->gradient[i] += g * pow(d, -s->beta);
		lrn_channels(work, i / plane(x) % x->shape[1], &first, &end);
		for (int64_t c = first; c < end; c++) {
			int64_t k = base_of(x, i) + c * plane(x);

			x->gradient[k] -= g * x->data[i] * s->beta * pow(d, -s->beta - 1)
					* 2 * s->alpha / (double)s->size * x->data[k];
		}
	}
}

/* ---- Runs -------------------------------------------------------------------------------------------- */

static const struct {
	void (*forward)(struct work *work);
	void (*backward)(struct work *work);
} operations[GRAPH_OP_COUNT] = {
	[GRAPH_CONV2D] = { conv_forward, conv_backward },
	[GRAPH_CONV_TRANSPOSE2D] = { transposed_forward, transposed_backward },
	[GRAPH_BATCH_NORM2D] = { batch_norm_forward, batch_norm_backward },
	[GRAPH_RELU] = { activation_forward, activation_backward },
	[GRAPH_RELU6] = { activation_forward, activation_backward },
	[GRAPH_SILU] = { activation_forward, activation_backward },
	[GRAPH_MAX_POOL2D] = { max_pool_forward, max_pool_backward },
	[GRAPH_MAX_UNPOOL2D] = { unpool_forward, unpool_backward },
	[GRAPH_AVG_POOL2D] = { avg_pool_forward, avg_pool_backward },
	[GRAPH_ADAPTIVE_AVG_POOL2D] = { avg_pool_forward, avg_pool_backward },
	[GRAPH_LINEAR] = { linear_forward, linear_backward },
	[GRAPH_FLATTEN] = { copy_forward, add_backward },
	[GRAPH_DROPOUT] = { copy_forward, add_backward },
	[GRAPH_ADD] = { add_forward, add_backward },
	[GRAPH_CONCAT] = { concat_forward, concat_backward },
	[GRAPH_SOFTMAX] = { softmax_forward, softmax_backward },
	[GRAPH_LRN] = { lrn_forward, lrn_backward },
};

/** Fill in the work at a node; inputs has room for all of them. */
static void prepare(struct work *work, struct reference_run *run, size_t index,
		struct reference_value **inputs)
{
	const struct graph_node *node = &run->graph->nodes[index];

	*work = (struct work){
		.run = run,
		.node = node,
		.settings = &node->settings,
		.inputs = inputs,
		.output = &run->values[index],
	};
	for (size_t k = 0; k < node->input_count; k++) {
		inputs[k] = &run->values[node->inputs[k]];
	}
}

static bool has_winners(enum graph_op op)
{
	return op == GRAPH_MAX_POOL2D || op == GRAPH_MAX_UNPOOL2D;
}

static bool run_node(struct reference_run *run, size_t index)
{
	const struct graph_node *node = &run->graph->nodes[index];
	struct reference_value *value = &run->values[index];
	struct reference_value **inputs = calloc(node->input_count, sizeof(*inputs));
	struct work work;

	if (inputs == NULL) {
		return false;
	}
	prepare(&work, run, index, inputs);
	infer_shape(&work);
	value->data = calloc((size_t)value->count, sizeof(*value->data));
	if (has_winners(node->op)) {
		value->winner = calloc((size_t)value->count, sizeof(*value->winner));
	}
	bool allocated = value->data != NULL
			&& (!has_winners(node->op) || value->winner != NULL);

	if (allocated) {
		operations[node->op].forward(&work);
	}
	free(inputs);
	return allocated;
}

static bool unrun_node(struct reference_run *run, size_t index, uint32_t rule)
{
	const struct graph_node *node = &run->graph->nodes[index];
	struct reference_value **inputs = calloc(node->input_count, sizeof(*inputs));
	struct work work;

	if (inputs == NULL) {
		return false;
	}
	prepare(&work, run, index, inputs);
	work.rule = rule;
	resolve_padding(&work, 0);
	resolve_padding(&work, 1);
	operations[node->op].backward(&work);
	free(inputs);
	return true;
}

static bool run_input(struct reference_run *run, const int64_t shape[4],
		const double *input)
{
	struct reference_value *value = &run->values[0];

	value->rank = 4;
	memcpy(value->shape, shape, sizeof(value->shape));
	value->count = shape[0] * shape[1] * shape[2] * shape[3];
	value->data = calloc((size_t)value->count, sizeof(*value->data));
	if (value->data == NULL) {
		return false;
	}
	memcpy(value->data, input, (size_t)value->count * sizeof(*input));
	return true;
}

/** The wanted nodes and all that they depend on; NULL when memory is short */
static bool *find_needed(const struct graph *graph, const bool *wanted)
{
	bool *needed = calloc(graph->node_count, sizeof(*needed));

	if (needed == NULL) {
		return NULL;
	}
	memcpy(needed, wanted, graph->node_count * sizeof(*needed));
	for (size_t i = graph->node_count; i-- > 0;) {
		for (size_t k = 0; needed[i] && k < graph->nodes[i].input_count; k++) {
			needed[graph->nodes[i].inputs[k]] = true;
		}
	}
	return needed;
}

struct reference_run *reference_forward(const struct graph *graph,
		const cnnviz_tensor_api *tensor, const int64_t shape[4],
		const double *input, const bool *wanted, reference_stop stop,
		void *context)
{
	struct reference_run *run = calloc(1, sizeof(*run));
	bool *needed = find_needed(graph, wanted);
	bool done = false;

	if (run == NULL || needed == NULL) {
		goto end;
	}
	run->graph = graph;
	run->tensor = tensor;
	run->values = calloc(graph->node_count, sizeof(*run->values));
	if (run->values == NULL || !run_input(run, shape, input)) {
		goto end;
	}
	done = true;
	for (size_t i = 1; done && i < graph->node_count; i++) {
		if (needed[i]) {
			done = (stop == NULL || !stop(context)) && run_node(run, i);
		}
	}
end:
	free(needed);
	if (!done) {
		reference_free(run);
		run = NULL;
	}
	return run;
}

static bool plant_seeds(struct reference_run *run, const double *const *seeds)
{
	for (size_t i = 0; i < run->graph->node_count; i++) {
		struct reference_value *value = &run->values[i];

		free(value->gradient);
		value->gradient = NULL;
		if (value->rank == 0) {
			continue;
		}
		value->gradient = calloc((size_t)value->count, sizeof(*value->gradient));
		if (value->gradient == NULL) {
			return false;
		}
		if (seeds[i] != NULL) {
			memcpy(value->gradient, seeds[i],
					(size_t)value->count * sizeof(*value->gradient));
		}
	}
	return true;
}

bool reference_backward(struct reference_run *run, uint32_t rule,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context)
{
	bool done = plant_seeds(run, seeds);

	for (size_t i = run->graph->node_count; done && --i > (size_t)first;) {
		if (run->values[i].rank != 0) {
			done = (stop == NULL || !stop(context))
					&& unrun_node(run, i, rule);
		}
	}
	return done;
}

void reference_free(struct reference_run *run)
{
	if (run == NULL) {
		return;
	}
	for (size_t i = 0; run->values != NULL && i < run->graph->node_count; i++) {
		free(run->values[i].data);
		free(run->values[i].gradient);
		free(run->values[i].winner);
	}
	free(run->values);
	free(run);
}

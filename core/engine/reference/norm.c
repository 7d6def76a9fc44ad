/**
 * \file    engine/reference/norm.c
 * \brief   Normalizations: by running statistics, and across channels
 */
#include <math.h>

#include "engine/reference/operation.h"

/* ---- Batch normalization ------------------------------------------------------- */

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

/* ---- Layer and group normalization --------------------------------------------- */

/** Number of values that are normalized together; they lie side by side */
static int64_t together(const struct work *work)
{
	const struct reference_value *x = work->inputs[0];
	int64_t count = 1;

	if (work->settings->axes == 0) {
		return x->shape[1] / work->settings->groups * plane(x);
	}
	for (int64_t d = 0; d < work->settings->axes; d++) {
		count *= x->shape[x->rank - 1 - d];
	}
	return count;
}

/** Factor of element i, and in *addend what is then added */
static double weight_at(const struct work *work, int64_t i, int64_t count, double *addend)
{
	const float *weight = weight_of(work, GRAPH_WEIGHT);
	const float *bias = weight_of(work, GRAPH_BIAS);
	const struct reference_value *x = work->inputs[0];
	int64_t at = work->settings->axes == 0 ? i / plane(x) % x->shape[1] : i % count;

	*addend = bias == NULL ? 0 : (double)bias[at];
	return weight == NULL ? 1 : (double)weight[at];
}

/** Mean of values, and one divided by their standard deviation */
static double moments(const struct work *work, const double *values, int64_t count,
		double *inverse)
{
	double mean = 0, variance = 0;

	for (int64_t i = 0; i < count; i++) {
		mean += values[i] / (double)count;
	}
	for (int64_t i = 0; i < count; i++) {
		variance += (values[i] - mean) * (values[i] - mean) / (double)count;
	}
	*inverse = 1 / sqrt(variance + work->settings->eps);
	return mean;
}

static void moment_norm_forward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;
	int64_t count = together(work);

	for (int64_t first = 0; first < y->count; first += count) {
		double inverse, mean = moments(work, x->data + first, count, &inverse);

		for (int64_t i = first; i < first + count; i++) {
			double addend, factor = weight_at(work, i, count, &addend);

			y->data[i] = (x->data[i] - mean) * inverse * factor + addend;
		}
	}
}

/** With z = (x - mean) / deviation: dx = (dz - mean of dz - z * mean of z dz) / deviation */
static void moment_norm_backward(struct work *work)
{
	struct reference_value *x = work->inputs[0], *y = work->output;
	int64_t count = together(work);
	double addend;

	for (int64_t first = 0; first < y->count; first += count) {
		double inverse, mean = moments(work, x->data + first, count, &inverse);
		double plain = 0, weighted = 0;

		for (int64_t i = first; i < first + count; i++) {
			double share = y->gradient[i] * weight_at(work, i, count, &addend)
					/ (double)count;

			plain += share;
			weighted += share * (x->data[i] - mean) * inverse;
		}
		for (int64_t i = first; i < first + count; i++) {
			double g = y->gradient[i] * weight_at(work, i, count, &addend);
			double z = (x->data[i] - mean) * inverse;

			x->gradient[i] += (g - plain - z * weighted) * inverse;
		}
	}
}

/* ---- Local response normalization ---- */

/** The channels from first to end whose squares normalize channel c */
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

const struct reference_operation reference_norm_operations[] = {
	{ .name = "batch_norm2d",
			.forward = batch_norm_forward,
			.backward = batch_norm_backward },
	{ .name = "layer_norm",
			.forward = moment_norm_forward,
			.backward = moment_norm_backward },
	{ .name = "group_norm",
			.forward = moment_norm_forward,
			.backward = moment_norm_backward },
	{ .name = "lrn", .forward = lrn_forward, .backward = lrn_backward },
	{ .name = NULL },
};

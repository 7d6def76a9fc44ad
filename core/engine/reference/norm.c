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
	{ .name = "lrn", .forward = lrn_forward, .backward = lrn_backward },
	{ .name = NULL },
};

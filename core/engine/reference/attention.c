/**
 * \file    engine/reference/attention.c
 * \brief   Attention: what tokens take from one another
 *
 * A score is a query's product with a key, scaled, plus biases. The shares of a row are the
 * softmax of its scores; they are never stored, but computed again where they are needed.
 */
#include <math.h>

#include "engine/reference/operation.h"

enum { QUERIES, KEYS, VALUES, BIASES, MOST_INPUTS = 5 };

/** One query's row of scores */
struct row {
	double scale;
	int64_t keys, features;
	const double *query; /* its features */
	double *query_slope; /* their gradient; NULL in a forward pass, as below */
	const double *key;   /* features of all keys */
	double *key_slope;
	size_t biases;
	struct bias {
		const double *values;
		double *slopes;
		int64_t step; /* from key to key */
	} bias[MOST_INPUTS - BIASES];
	double largest, sum; /* of the softmax */
};

/** Extent of an array's axis, counted from the last one, which is 0 */
static int64_t extent_of(const struct reference_value *value, uint32_t from_last)
{
	return value->shape[value->rank - 1 - from_last];
}

/** Offset of query i, counted over all stacks of queries, in a bias */
static int64_t offset_in(const struct work *work, const struct reference_value *bias,
		int64_t i)
{
	const struct reference_value *y = work->output;
	int64_t stride = extent_of(bias, 0), at = 0;

	for (uint32_t d = y->rank - 1; d-- > 0;) {
		at += bias->shape[d] == 1 ? 0 : i % y->shape[d] * stride;
		stride *= bias->shape[d];
		i /= y->shape[d];
	}
	return at;
}

static double *behind(double *values, int64_t offset)
{
	return values != NULL ? values + offset : NULL;
}

static double score(const struct row *row, int64_t key)
{
	const double *features = row->key + key * row->features;
	double sum = 0;

	for (int64_t k = 0; k < row->features; k++) {
		sum += row->query[k] * features[k];
	}
	sum *= row->scale;
	for (size_t k = 0; k < row->biases; k++) {
		sum += row->bias[k].values[key * row->bias[k].step];
	}
	return sum;
}

static double share(const struct row *row, int64_t key)
{
	return exp(score(row, key) - row->largest) / row->sum;
}

/** Query i, counted over all stacks */
static struct row row_of(const struct work *work, int64_t i)
{
	const struct reference_value *q = work->inputs[QUERIES], *k = work->inputs[KEYS];
	struct row row = { .keys = extent_of(k, 1), .features = extent_of(q, 0) };
	int64_t stack = i / extent_of(q, 1) * row.keys * row.features;

	row.scale = graph_attention_scale(work->settings, row.features);
	row.query = q->data + i * row.features;
	row.query_slope = behind(q->gradient, i * row.features);
	row.key = k->data + stack;
	row.key_slope = behind(k->gradient, stack);
	for (size_t j = BIASES; j < work->node->input_count; j++) {
		const struct reference_value *bias = work->inputs[j];
		int64_t offset = offset_in(work, bias, i);

		row.bias[row.biases++] = (struct bias){
			.values = bias->data + offset,
			.slopes = behind(bias->gradient, offset),
			.step = extent_of(bias, 0) == 1 ? 0 : 1,
		};
	}
	row.largest = -INFINITY;
	for (int64_t j = 0; j < row.keys; j++) {
		row.largest = fmax(row.largest, score(&row, j));
	}
	for (int64_t j = 0; j < row.keys; j++) {
		row.sum += exp(score(&row, j) - row.largest);
	}
	return row;
}

static void attention_forward(struct work *work)
{
	struct reference_value *y = work->output;
	int64_t width = extent_of(y, 0), rows = extent_of(y, 1);

	for (int64_t i = 0; i < y->count / width; i++) {
		struct row row = row_of(work, i);
		const double *values = work->inputs[VALUES]->data
				+ i / rows * row.keys * width;

		for (int64_t j = 0; j < row.keys; j++) {
			double part = share(&row, j);

			for (int64_t k = 0; k < width; k++) {
				y->data[i * width + k] += part * values[j * width + k];
			}
		}
	}
}

/** Pass on the gradient of a score. */
static void bend_score(const struct row *row, int64_t key, double gradient)
{
	for (int64_t k = 0; k < row->features; k++) {
		int64_t at = key * row->features + k;

		row->query_slope[k] += gradient * row->scale * row->key[at];
		row->key_slope[at] += gradient * row->scale * row->query[k];
	}
	for (size_t k = 0; k < row->biases; k++) {
		row->bias[k].slopes[key * row->bias[k].step] += gradient;
	}
}

static void attention_backward(struct work *work)
{
	const struct reference_value *y = work->output;
	struct reference_value *v = work->inputs[VALUES];
	int64_t width = extent_of(y, 0), rows = extent_of(y, 1);

	for (int64_t i = 0; i < y->count / width; i++) {
		const double *gradient = y->gradient + i * width;
		struct row row = row_of(work, i);
		int64_t stack = i / rows * row.keys * width;
		double mean = 0; /* of the gradients of the shares, by these */

		for (int64_t k = 0; k < width; k++) {
			mean += gradient[k] * y->data[i * width + k];
		}
		for (int64_t j = 0; j < row.keys; j++) {
			double part = share(&row, j), slope = 0;

			for (int64_t k = 0; k < width; k++) {
				int64_t at = stack + j * width + k;

				v->gradient[at] += part * gradient[k];
				slope += gradient[k] * v->data[at];
			}
			bend_score(&row, j, part * (slope - mean));
		}
	}
}

const struct reference_operation reference_attention_operations[] = {
	{ .name = "attention",
			.forward = attention_forward,
			.backward = attention_backward },
	{ .name = NULL },
};

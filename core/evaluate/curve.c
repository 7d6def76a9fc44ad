/**
 * \file    evaluate/curve.c
 * \brief   Deletion and insertion curves curves
 */
#include "evaluate/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/blur.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "graph/logits.h"
#include "host/batch.h"
#include "host/random.h"

/* ---- Order --------------------------------------------------------------------- */

struct ranked {
	float value;
	float chance;
	int64_t place;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->value != b->value) {
		return a->value > b->value ? -1 : 1;
	}
	if (a->chance != b->chance) {
		return a->chance < b->chance ? -1 : 1;
	}
	return a->place < b->place ? -1 : a->place > b->place;
}

int64_t *curve_order(const float *plane, int64_t count, uint64_t seed, uint64_t stream)
{
	struct ranked *pixels = memory_new((size_t)count, sizeof(*pixels));
	int64_t *order = memory_new((size_t)count, sizeof(*order));
	struct cnnviz_random random = { 0 };

	random_start(&random, seed, "(order of equal pixels)", stream);
	for (int64_t i = 0; i < count; i++) {
		pixels[i] = (struct ranked){ .value = plane[i], .place = i };
		random_uniform(&random, 0, 1, 1, &pixels[i].chance);
	}
	qsort(pixels, (size_t)count, sizeof(*pixels), compare_ranked);
	for (int64_t i = 0; i < count; i++) {
		order[i] = pixels[i].place;
	}
	free(pixels);
	return order;
}

/* ---- Blur ---------------------------------------------------------------------- */

cnnviz_tensor *curve_blur(const cnnviz_tensor *input, double deviation)
{
	const int64_t *shape = tensor_shape(input);
	const struct blur blur = {
		.deviation = deviation,
		.radius = (int64_t)ceil(3 * deviation),
		.edge = BLUR_MIRROR,
	};
	cnnviz_tensor *blurred = tensor_item(input, 0);

	if (blurred != NULL
			&& !blur_planes(&blur, shape[1], shape[2], shape[3],
					tensor_mutable_data(blurred))) {
		tensor_unref(blurred);
		return NULL;
	}
	return blurred;
}

/* ---- Curves -------------------------------------------------------------------- */

/* Fill item n with the picture after a share of its pixels is deleted or inserted. */
static void draw_step(const struct curve_subject *subject, bool insertion, size_t step,
		float *item)
{
	const int64_t *shape = tensor_shape(subject->input);
	int64_t area = shape[2] * shape[3];
	int64_t changed = (int64_t)((double)step / (double)subject->steps * (double)area
			+ 0.5);
	const float *start = tensor_data(insertion ? subject->blurred : subject->input);
	const float *input = tensor_data(subject->input);

	memcpy(item, start, (size_t)(shape[1] * area) * sizeof(*item));
	for (int64_t c = 0; c < shape[1]; c++) {
		for (int64_t i = 0; i < changed; i++) {
			int64_t place = c * area + subject->order[i];
			item[place] = insertion ? input[place] : 0;
		}
	}
}

static cnnviz_status run_network(const struct curve_network *network,
		const struct curve_subject *subject, const cnnviz_tensor *inputs,
		double *probabilities, struct error *error)
{
	struct engine_pass *pass = NULL;
	cnnviz_tensor *logits = NULL;
	cnnviz_status status = network->engine->forward(network->network, inputs, 1,
			&network->logits, false, &pass, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = network->engine->activation(pass, network->logits, &logits, error);
	network->engine->release(pass);
	for (int64_t n = 0; status == CNNVIZ_OK && n < tensor_shape(inputs)[0]; n++) {
		probabilities[n] = logits_class(logits, (size_t)n, subject->target,
				network->activation, subject->inside)
						   .probability;
	}
	tensor_unref(logits);
	return status;
}

/* Measure points first to first + count of the concatenated curves */
static cnnviz_status measure_part(const struct curve_network *network,
		const struct curve_subject *subject, size_t first, size_t count,
		double *probabilities, struct error *error)
{
	int64_t shape[4];
	size_t points = subject->steps + 1;

	memcpy(shape, tensor_shape(subject->input), sizeof(shape));
	size_t size = (size_t)(shape[1] * shape[2] * shape[3]);
	shape[0] = (int64_t)count;
	cnnviz_tensor *inputs = tensor_create(4, shape);
	if (inputs == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for %zu pictures at once; lower [run] "
				"batch",
				count);
	}
	for (size_t n = 0; n < count; n++) {
		draw_step(subject, first + n >= points, (first + n) % points,
				tensor_mutable_data(inputs) + n * size);
	}
	cnnviz_status status = run_network(network, subject, inputs,
			probabilities + first, error);
	tensor_unref(inputs);
	return status;
}

cnnviz_status curve_measure(const struct curve_network *network,
		const struct curve_subject *subject, double *deletion, double *insertion,
		struct error *error)
{
	size_t points = subject->steps + 1;
	size_t most = (size_t)network->batch;
	double *probabilities = memory_new(2 * points, sizeof(*probabilities));
	cnnviz_status status = CNNVIZ_OK;

	for (size_t first = 0; first < 2 * points && status == CNNVIZ_OK; first += most) {
		size_t left = 2 * points - first;
		status = measure_part(network, subject, first, left < most ? left : most,
				probabilities, error);
	}
	if (status == CNNVIZ_OK) {
		memcpy(deletion, probabilities, points * sizeof(*deletion));
		memcpy(insertion, probabilities + points, points * sizeof(*insertion));
	}
	free(probabilities);
	return status;
}

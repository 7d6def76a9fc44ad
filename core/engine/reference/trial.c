/**
 * \file    engine/reference/trial.c
 * \brief   One node run by itself
 */
#include "engine/reference/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void trial_close(struct trial *trial)
{
	for (size_t k = 0; trial->values != NULL && k < trial->count; k++) {
		free(trial->values[k].gradient);
	}
	free(trial->values);
	free(trial->inputs);
	free(trial->parts);
	free(trial->output.gradient);
}

bool trial_open(const struct reference_run *run, const struct graph *graph, size_t index,
		struct trial *trial)
{
	const struct graph_node *node =
			&(graph != NULL ? graph : run->graph)->nodes[index];

	*trial = (struct trial){
		.values = calloc(node->input_count, sizeof(*trial->values)),
		.inputs = calloc(node->input_count, sizeof(*trial->inputs)),
	};
	if (trial->values == NULL || trial->inputs == NULL) {
		return false;
	}
	/* The run is not changed: only what the trial owns is written to. */
	reference_prepare(&trial->work, (struct reference_run *)(uintptr_t)run, index,
			trial->inputs);
	trial->work.node = node;
	for (size_t k = 0; k < node->input_count; k++) {
		trial->values[k] = *trial->inputs[k];
		trial->values[k].gradient = calloc((size_t)trial->values[k].count,
				sizeof(double));
		trial->inputs[k] = &trial->values[k];
		trial->count = k + 1;
		if (trial->values[k].gradient == NULL) {
			return false;
		}
	}
	trial->output = run->values[index];
	trial->work.output = &trial->output;
	trial->output.gradient = calloc((size_t)trial->output.count, sizeof(double));
	return trial->output.gradient != NULL;
}

/** The part of an input that a term multiplies */
static double part_of(const struct engine_term *term, const cnnviz_tensor_api *api,
		const struct reference_value *value, int64_t i)
{
	double x = value->data[i];

	switch (term->part) {
	case ENGINE_PART_POSITIVE:
		return fmax(x, 0);
	case ENGINE_PART_NEGATIVE:
		return fmin(x, 0);
	case ENGINE_PART_ONES:
		return 1;
	case ENGINE_PART_CHANNELS:
		return (double)api->data(
				term->channels)[i / plane(value) % value->shape[1]];
	default:
		return x;
	}
}

bool trial_take_part(struct trial *trial, const struct engine_term *term)
{
	struct reference_value *value = &trial->values[0];

	if (term->part == ENGINE_PART_WHOLE) {
		return true;
	}
	trial->parts = calloc((size_t)value->count, sizeof(double));
	for (int64_t i = 0; trial->parts != NULL && i < value->count; i++) {
		trial->parts[i] = part_of(term, trial->work.run->tensor, value, i);
	}
	value->data = trial->parts;
	return trial->parts != NULL;
}

bool trial_product(struct trial *trial, double factor, double *sum)
{
	double *product = calloc((size_t)trial->output.count, sizeof(*product));

	if (product == NULL) {
		return false;
	}
	trial->output.data = product;
	trial->work.operation->forward(&trial->work);
	for (int64_t i = 0; i < trial->output.count; i++) {
		sum[i] += factor * product[i];
	}
	trial->output.data = NULL;
	free(product);
	return true;
}

void trial_differentiate(struct trial *trial, const double *gradient)
{
	memcpy(trial->output.gradient, gradient,
			(size_t)trial->output.count * sizeof(*gradient));
	trial->work.operation->backward(&trial->work);
}

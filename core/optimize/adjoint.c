/**
 * \file    optimize/adjoint.c
 * \brief   Whether a technique's own transformations pull gradients back rightly
 */
#include "optimize/adjoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/tensor.h"

/** Draws that each transformation is tried with */
#define TRIALS 8

/** How far apply() goes to both sides; rounding then adds some 1e-4 */
#define STEP (1.0 / 4096)

/**
 * Largest difference, in units of what two unrelated vectors of these lengths have as their
 * product
 */
#define TOLERANCE 0.05

/** What one transformation is tried with; tensors have the shape of the inputs */
struct trial {
	const cnnviz_transformation *transformation;
	const struct transformation_call *call;
	const cnnviz_random_api *random;
	cnnviz_random *stream;
	float *numbers;
	cnnviz_tensor *input;    /* x */
	cnnviz_tensor *change;   /* d */
	cnnviz_tensor *gradient; /* y */
	cnnviz_tensor *sides[2]; /* x + step d, x - step d */
	cnnviz_tensor *after[2]; /* the same, transformed */
	cnnviz_tensor *pulled;
};

static cnnviz_status fail(const struct trial *trial, const char *what)
{
	return error_set(trial->call->error, CNNVIZ_ERROR_PLUGIN,
			"the transformation \"%s\" %s", trial->transformation->name,
			what);
}

static cnnviz_status open_trial(struct trial *trial, const int64_t shape[4])
{
	cnnviz_tensor **const all[] = { &trial->input, &trial->change, &trial->gradient,
		&trial->sides[0], &trial->sides[1] };
	uint32_t numbers = trial->transformation->number_count;
	bool complete = true;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		*all[i] = tensor_create(4, shape);
		complete = complete && *all[i] != NULL;
	}
	trial->numbers = numbers > 0 ? calloc(numbers, sizeof(float)) : NULL;
	if (!complete || (numbers > 0 && trial->numbers == NULL)) {
		return error_set(trial->call->error, CNNVIZ_ERROR_MEMORY,
				"out of memory");
	}
	return trial->random->create(trial->call->job, 0, &trial->stream);
}

static void close_trial(struct trial *trial)
{
	cnnviz_tensor *const all[] = { trial->input, trial->change, trial->gradient,
		trial->sides[0], trial->sides[1] };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		tensor_unref(all[i]);
	}
	free(trial->numbers);
	trial->random->unref(trial->stream);
}

static void release_results(struct trial *trial)
{
	cnnviz_tensor **const all[] = { &trial->after[0], &trial->after[1],
		&trial->pulled };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		tensor_unref(*all[i]);
		*all[i] = NULL;
	}
}

static void draw(struct trial *trial)
{
	cnnviz_tensor *const all[] = { trial->input, trial->change, trial->gradient };

	trial->random->uniform(trial->stream, 0, 1, trial->transformation->number_count,
			trial->numbers);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		trial->random->uniform(trial->stream, -1, 1, tensor_count(all[i]),
				tensor_mutable_data(all[i]));
	}
	for (int64_t i = 0; i < tensor_count(trial->input); i++) {
		double x = tensor_data(trial->input)[i],
		       d = tensor_data(trial->change)[i];

		tensor_mutable_data(trial->sides[0])[i] = (float)(x + STEP * d);
		tensor_mutable_data(trial->sides[1])[i] = (float)(x - STEP * d);
	}
}

/** How far apart the two sides are at a place, per step: rounding is part of that. */
static double slope(cnnviz_tensor *const sides[2], int64_t i)
{
	return ((double)tensor_data(sides[0])[i] - (double)tensor_data(sides[1])[i])
			/ (2 * STEP);
}

static cnnviz_status compare(const struct trial *trial)
{
	int64_t count = tensor_count(trial->input);
	double forward = 0, back = 0, change = 0, gradient = 0;
	char text[160];

	for (int64_t i = 0; i < count; i++) {
		double y = tensor_data(trial->gradient)[i], by = slope(trial->after, i);

		forward += by * y;
		back += slope(trial->sides, i) * (double)tensor_data(trial->pulled)[i];
		change += by * by;
		gradient += y * y;
	}
	if (!isfinite(forward) || !isfinite(back)) {
		return fail(trial, "gives values that are not finite");
	}
	if (fabs(forward - back) <= TOLERANCE * sqrt(change * gradient / (double)count)) {
		return CNNVIZ_OK;
	}
	snprintf(text, sizeof(text),
			"pulls gradients back wrongly: <T'(x) d, y> is %.4g, but <d, "
			"pull_back(y)> %.4g",
			forward, back);
	return fail(trial, text);
}

static cnnviz_status run_trial(struct trial *trial)
{
	const cnnviz_optimize_draw drawn = {
		.struct_size = sizeof(drawn),
		.numbers = trial->numbers,
	};
	cnnviz_status status = CNNVIZ_OK;

	draw(trial);
	for (int i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		status = transformation_apply(trial->transformation, trial->call, &drawn,
				trial->sides[i], &trial->after[i]);
	}
	if (status == CNNVIZ_OK) {
		status = transformation_pull_back(trial->transformation, trial->call,
				&drawn, trial->input, trial->gradient, &trial->pulled);
	}
	if (status == CNNVIZ_OK) {
		status = compare(trial);
	}
	release_results(trial);
	return status;
}

cnnviz_status adjoint_check(const cnnviz_optimization *optimization,
		const struct transformation_call *call, const int64_t shape[4])
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0;
			i < optimization->transformation_count && status == CNNVIZ_OK;
			i++) {
		struct trial trial = {
			.transformation = optimization->transformations[i],
			.call = call,
			.random = call->host->random,
		};

		status = open_trial(&trial, shape);
		for (int k = 0; k < TRIALS && status == CNNVIZ_OK; k++) {
			status = run_trial(&trial);
		}
		close_trial(&trial);
	}
	return status;
}

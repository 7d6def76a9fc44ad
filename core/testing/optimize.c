/**
 * \file    testing/optimize.c
 * \brief   The test host's optimization: a single call of the objective
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimize/adjoint.h"
#include "testing/network.h"
#include "testing/tables.h"

/* ---- Optimizing ------------------------------------------------------------ */

static size_t known_size(uint32_t struct_size)
{
	return struct_size < sizeof(cnnviz_optimization) ? struct_size
							 : sizeof(cnnviz_optimization);
}

static void defaults(cnnviz_optimization *optimization, uint32_t struct_size)
{
	const cnnviz_optimization preset = {
		.struct_size = struct_size,
		.count = 1,
		.maximize = 1,
		.norm_exponent = 6,
		.variation_exponent = 2,
	};

	memset(optimization, 0, struct_size);
	memcpy(optimization, &preset, known_size(struct_size));
}

static cnnviz_status configure(cnnviz_job *job, cnnviz_optimization *optimization)
{
	(void)job;
	(void)optimization;
	return CNNVIZ_OK;
}

/** The network's input for items; without a network, the pictures that come of it */
static void input_shape(const cnnviz_job *job, int64_t items, int64_t shape[4])
{
	const struct graph *graph = job->network != NULL ? job->network->graph : NULL;

	shape[0] = items;
	shape[1] = graph != NULL ? graph->normalization.channels : 3;
	shape[2] = graph != NULL ? graph->input_size[0] : 2;
	shape[3] = graph != NULL ? graph->input_size[1] : 3;
}

/** Hold the technique's own transformations to what they promise. */
static cnnviz_status check_transformations(cnnviz_job *job)
{
	struct error error = { 0 };
	const struct transformation_call call = { &cnnviz_test_host, job, &error };
	int64_t shape[4];

	if (!transformations_are_complete(&job->recipe)) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN,
				"a transformation without a name, apply() or "
				"pull_back()");
	}
	input_shape(job, 1, shape);
	cnnviz_status status = adjoint_check(&job->recipe, &call, shape);

	/* Otherwise a function failed, and has told why. */
	return error.status != CNNVIZ_OK ? test_fail(job, status, "%s", error.text)
					 : status;
}

/** Inputs for the objective: the pictures to start from, otherwise zeros */
static cnnviz_status make_inputs(cnnviz_job *job, cnnviz_tensor **inputs)
{
	const cnnviz_tensor *start = job->recipe.start_images;
	int64_t shape[4];

	input_shape(job, job->recipe.count, shape);
	cnnviz_status status = test_create(job, 4, shape, inputs);

	if (status == CNNVIZ_OK && start != NULL && tensor_same_shape(start, *inputs)) {
		memcpy(tensor_mutable_data(*inputs), tensor_data(start),
				(size_t)tensor_count(start) * sizeof(float));
	}
	return status;
}

/** The loop's pass, which is not counted as one of the technique's. */
static cnnviz_status make_pass(cnnviz_job *job, cnnviz_pass **pass)
{
	cnnviz_tensor *inputs = NULL;
	unsigned passes = job->passes;
	cnnviz_status status = job->network != NULL ? make_inputs(job, &inputs)
						    : CNNVIZ_OK;

	if (status == CNNVIZ_OK) {
		status = test_passes.forward(job, inputs, job->recipe.capture_count,
				job->recipe.captures, pass);
	}
	job->passes = passes;
	tensor_unref(inputs);
	return status;
}

/** Call the objective once, and keep its first seed. */
static cnnviz_status call_objective(cnnviz_job *job)
{
	const cnnviz_optimization *recipe = &job->recipe;
	cnnviz_tensor **seeds = memory_new(recipe->capture_count,
			sizeof(cnnviz_tensor *));
	uint32_t items[CNNVIZ_TEST_ITEMS_MAX];
	cnnviz_pass *pass = NULL;
	cnnviz_status status = make_pass(job, &pass);

	for (uint32_t n = 0; n < recipe->count; n++) {
		items[n] = n;
	}
	if (status == CNNVIZ_OK) {
		status = recipe->objective(&cnnviz_test_host, job, recipe->context, pass,
				recipe->count, items, job->values_found, seeds);
	}
	tensor_unref(job->seed);
	job->seed = seeds[0];
	for (uint32_t i = 1; i < recipe->capture_count; i++) {
		tensor_unref(seeds[i]);
	}
	free(seeds);
	test_passes.unref(pass);
	return status;
}

/** Create all or none of the three tensors */
static cnnviz_status make_pictures(cnnviz_job *job, cnnviz_optimized *result)
{
	int64_t count = job->recipe.count;
	const int64_t shape[] = { count, 3, 2, 3 };
	cnnviz_tensor *image = NULL, *input = NULL, *values = NULL;
	cnnviz_status status = test_create(job, 4, shape, &image);

	if (status == CNNVIZ_OK) {
		status = test_create(job, 4, shape, &input);
	}
	if (status == CNNVIZ_OK) {
		status = test_create(job, 2, (const int64_t[]){ 1, count }, &values);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(image);
		tensor_unref(input);
		return status;
	}
	for (int64_t n = 0; n < count; n++) {
		for (int64_t i = 0; i < 18; i++) {
			tensor_mutable_data(image)[n * 18 + i] = (float)n
					/ CNNVIZ_TEST_ITEMS_MAX;
		}
		tensor_mutable_data(values)[n] = (float)job->values_found[n];
	}
	result->steps = 1;
	result->image = image;
	result->input = input;
	result->values = values;
	for (int64_t n = 0; result->started != NULL && n < count; n++) {
		result->started[n] = 1;
	}
	return CNNVIZ_OK;
}

static cnnviz_status optimize(cnnviz_job *job, const cnnviz_optimization *optimization,
		cnnviz_optimized *result)
{
	job->optimizations++;
	memset(&job->recipe, 0, sizeof(job->recipe));
	memcpy(&job->recipe, optimization, known_size(optimization->struct_size));
	if (job->optimize_fails) {
		return test_fail(job, CNNVIZ_ERROR_ENGINE, "the optimization failed");
	}
	if (optimization->count > CNNVIZ_TEST_ITEMS_MAX
			|| optimization->capture_count == 0) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN,
				"too many items, or no captures");
	}
	snprintf(job->first_item, sizeof(job->first_item), "%s",
			optimization->item_names != NULL ? optimization->item_names[0]
							 : "");
	snprintf(job->run_name, sizeof(job->run_name), "%s",
			job->recipe.run_name != NULL ? job->recipe.run_name : "");
	job->first_stream = optimization->streams != NULL ? optimization->streams[0] : 0;

	cnnviz_status status = check_transformations(job);

	if (status == CNNVIZ_OK) {
		status = call_objective(job);
	}
	return status == CNNVIZ_OK ? make_pictures(job, result) : status;
}

const cnnviz_optimize_api test_optimize = {
	.struct_size = sizeof(cnnviz_optimize_api),
	.defaults = defaults,
	.configure = configure,
	.run = optimize,
};

void cnnviz_test_forget(cnnviz_job *job)
{
	for (size_t i = 0; i < job->artifact_count; i++) {
		tensor_unref(job->artifacts[i].tensor);
	}
	memset(job->artifacts, 0, sizeof(job->artifacts));
	job->artifact_count = 0;
	tensor_unref(job->seed);
	job->seed = NULL;
}

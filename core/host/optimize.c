/**
 * \file    host/optimize.c
 * \brief   Runs the optimization loop with passes, random streams and artifacts
 */
#include "host/optimize.h"

#include <stdlib.h>
#include <string.h>

#include <cnnviz/optimize.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/job.h"
#include "host/optimize_recipe.h"
#include "optimize/check.h"

/* ---- Functions for the loop ---------------------------------------------------- */

/** Context of a running optimization */
struct optimization_call {
	cnnviz_job *job;
	const cnnviz_host *host;
	const cnnviz_optimization *what;
	cnnviz_random **streams; /* of each item */
};

/** Backward pass from the objective's layers to the input */
static cnnviz_status backpropagate(const struct optimization_call *optimization_call,
		cnnviz_pass *pass, cnnviz_tensor *const *seeds, cnnviz_tensor **gradient)
{
	const cnnviz_optimization *what = optimization_call->what;
	const cnnviz_tensor **given = memory_new(what->capture_count, sizeof(*given));
	int32_t *layers = memory_new(what->capture_count, sizeof(*layers));
	const int32_t input = CNNVIZ_LAYER_INPUT;
	uint32_t count = 0;

	for (uint32_t i = 0; i < what->capture_count; i++) {
		if (seeds[i] != NULL) {
			layers[count] = what->captures[i];
			given[count++] = seeds[i];
		}
	}
	cnnviz_status status = count == 0
			? job_misuse(optimization_call->job,
					"the objective of an optimization returned no "
					"seed")
			: optimization_call->host->pass->backward(optimization_call->job,
					pass, CNNVIZ_RULE_PLAIN, count, layers, given, 1,
					&input, gradient);
	free(layers);
	free(given);
	return status;
}

static cnnviz_status call_gradient(void *context, const cnnviz_tensor *inputs,
		uint32_t count, const uint32_t *items, double *values,
		cnnviz_tensor **gradient)
{
	const struct optimization_call *optimization_call = context;
	const cnnviz_optimization *what = optimization_call->what;
	cnnviz_tensor **seeds = memory_new(what->capture_count, sizeof(cnnviz_tensor *));
	cnnviz_pass *pass = NULL;
	cnnviz_status status = optimization_call->host->pass->forward(
			optimization_call->job, inputs, what->capture_count,
			what->captures, &pass);

	if (status == CNNVIZ_OK) {
		status = what->objective(optimization_call->host, optimization_call->job,
				what->context, pass, count, items, values, seeds);
	}
	if (status == CNNVIZ_OK) {
		status = backpropagate(optimization_call, pass, seeds, gradient);
	}
	for (uint32_t i = 0; i < what->capture_count; i++) {
		tensor_unref(seeds[i]);
	}
	free(seeds);
	optimization_call->host->pass->unref(pass);
	return status;
}

static void call_uniform(void *context, uint32_t item, float low, float high,
		int64_t count, float *values)
{
	const struct optimization_call *optimization_call = context;

	optimization_call->host->random->uniform(optimization_call->streams[item], low,
			high, count, values);
}

static void call_normal(void *context, uint32_t item, float mean, float deviation,
		int64_t count, float *values)
{
	const struct optimization_call *optimization_call = context;

	optimization_call->host->random->normal(optimization_call->streams[item], mean,
			deviation, count, values);
}

static cnnviz_status call_observe(void *context, uint32_t step,
		const cnnviz_tensor *inputs, const double *values, uint8_t *frozen)
{
	const struct optimization_call *optimization_call = context;

	return optimization_call->what->observer(optimization_call->host,
			optimization_call->job, optimization_call->what->context, step,
			inputs, values, frozen);
}

/** "name-item", or "name" for a single item without a name; new */
static char *artifact_name(const cnnviz_optimization *what, const char *name,
		uint32_t item)
{
	if (what->item_names != NULL) {
		return memory_format("%s-%s", name, what->item_names[item]);
	}
	return what->count > 1 ? memory_format("%s-%lu", name, (unsigned long)item)
			       : memory_text(name);
}

static cnnviz_status call_snapshot(void *context, uint32_t step, uint32_t item,
		const cnnviz_tensor *image)
{
	const struct optimization_call *optimization_call = context;
	const cnnviz_optimization *what = optimization_call->what;
	const cnnviz_artifact_api *artifact = optimization_call->host->artifact;
	cnnviz_status status = CNNVIZ_OK;

	if (what->snapshot_name != NULL) {
		char *stem = artifact_name(what, what->snapshot_name, item);
		char *name = memory_format("%s-step-%04lu", stem, (unsigned long)step);

		status = artifact->image(optimization_call->job, name, image);
		free(name);
		free(stem);
	}
	if (status == CNNVIZ_OK && what->animation && what->animation_name != NULL) {
		char *name = artifact_name(what, what->animation_name, item);

		status = artifact->frame(optimization_call->job, name, image);
		free(name);
	}
	return status;
}

static void call_progress(void *context, uint32_t step, double loss)
{
	const struct optimization_call *optimization_call = context;
	char text[64];

	snprintf(text, sizeof(text), "step %lu of %lu, loss %.4g", (unsigned long)step,
			(unsigned long)optimization_call->what->iterations, loss);
	optimization_call->host->progress(optimization_call->job, step,
			optimization_call->what->iterations);
	if (!optimization_call->job->nested) {
		progress_message(optimization_call->job->session->progress, text);
	}
}

static bool call_canceled(void *context)
{
	const struct optimization_call *optimization_call = context;

	return optimization_call->host->canceled(optimization_call->job);
}

static void call_warn(void *context, const char *text)
{
	const struct optimization_call *optimization_call = context;

	job_warn(optimization_call->job, -1, text);
}

/* ---- Run -------------------------------------------------------------------- */

static cnnviz_status check_request(const cnnviz_job *job, const cnnviz_optimization *what)
{
	if (what->objective == NULL || what->capture_count < 1 || what->captures == NULL
			|| what->count < 1) {
		return job_misuse(job,
				"optimize->run() was given no objective, no layer to "
				"capture or no picture to make");
	}
	if (what->start > CNNVIZ_START_IMAGES || what->space > CNNVIZ_SPACE_FOURIER
			|| what->optimizer > CNNVIZ_OPTIMIZER_NORMALIZED) {
		return job_misuse(job,
				"optimize->run() was given an unknown start, space or "
				"optimizer");
	}
	return CNNVIZ_OK;
}

static void read_scale(cnnviz_job *job, struct pixel_scale *scale)
{
	const cnnviz_model_api *model = job->session->host->model;

	scale->channels = recipe_channels(job);
	scale->bgr = job->session->plan->model->graph->normalization.bgr;
	for (int c = 0; c < scale->channels; c++) {
		model->normalization(job, (uint32_t)c, &scale->mean[c], &scale->std[c]);
	}
}

static cnnviz_status prepare(cnnviz_job *job, const cnnviz_optimization *what,
		struct loop_request *request)
{
	cnnviz_status status = check_request(job, what);

	read_scale(job, &request->scale);
	request->batch = (uint32_t)job->session->plan->batch;
	if (status == CNNVIZ_OK) {
		status = loop_check(what, request->scale.channels, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = recipe_size(job, what, request);
	}
	return status;
}

/** Draw the curve of one item's losses until it was frozen */
static cnnviz_status draw_curve(const struct optimization_call *optimization_call,
		const struct loop_result *result, uint32_t item)
{
	const cnnviz_optimization *what = optimization_call->what;
	int64_t steps = result->item_steps[item];
	cnnviz_tensor *curve = tensor_create(1, &steps);
	cnnviz_status status = CNNVIZ_ERROR_MEMORY;

	if (curve == NULL) {
		return job_fail(optimization_call->job, status, "out of memory");
	}
	for (int64_t i = 0; i < steps; i++) {
		tensor_mutable_data(curve)[i] =
				tensor_data(result->losses)[i * what->count + item];
	}
	char *name = artifact_name(what, what->curve_name, item);
	status = optimization_call->host->artifact->curve(optimization_call->job, name,
			curve, NULL, "loss");
	free(name);
	tensor_unref(curve);
	return status;
}

static cnnviz_status return_result(const struct optimization_call *optimization_call,
		struct loop_result *made, cnnviz_optimized *result)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; optimization_call->what->curve_name && status == CNNVIZ_OK
			&& n < optimization_call->what->count;
			n++) {
		status = draw_curve(optimization_call, made, n);
	}
	if (status == CNNVIZ_OK) {
		result->steps = made->steps;
		result->image = tensor_ref(made->image);
		result->input = tensor_ref(made->input);
		result->values = tensor_ref(made->values);
	}
	loop_result_clear(made);
	return status;
}

static cnnviz_status run(cnnviz_job *job, const cnnviz_optimization *optimization,
		cnnviz_optimized *result)
{
	cnnviz_optimization what = { 0 };
	struct optimization_call optimization_call = { .job = job,
		.host = job->session->host,
		.what = &what };
	const struct loop_calls calls = {
		.gradient = call_gradient,
		.uniform = call_uniform,
		.normal = call_normal,
		.observe = optimization->observer != NULL ? call_observe : NULL,
		.snapshot = call_snapshot,
		.progress = call_progress,
		.canceled = call_canceled,
		.warn = call_warn,
	};
	struct loop_request request = { .optimization = &what,
		.calls = &calls,
		.context = &optimization_call };
	struct loop_result made = { 0 };

	cnnviz_status status = job_refuse(job, "optimize->run()");

	if (status == CNNVIZ_OK) {
		memcpy(&what, optimization, recipe_known_size(optimization->struct_size));
		status = prepare(job, &what, &request);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	optimization_call.streams = memory_new(what.count, sizeof(cnnviz_random *));
	for (uint32_t n = 0; n < what.count; n++) {
		optimization_call.streams[n] = optimization_call.host->random->create(job,
				what.streams != NULL ? what.streams[n] : n);
		if (optimization_call.streams[n] == NULL) {
			status = job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
			goto done;
		}
	}
	status = loop_run(&request, &made, &job->fault->error);
	if (status == CNNVIZ_OK) {
		status = return_result(&optimization_call, &made, result);
	}
done:
	for (uint32_t n = 0; n < what.count; n++) {
		optimization_call.host->random->unref(optimization_call.streams[n]);
	}
	free(optimization_call.streams);
	return status;
}

const struct cnnviz_optimize_api optimize_services = {
	.struct_size = sizeof(struct cnnviz_optimize_api),
	.defaults = recipe_defaults,
	.configure = recipe_configure,
	.run = run,
};

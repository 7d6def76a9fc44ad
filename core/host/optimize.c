/**
 * \file    host/optimize.c
 * \brief   The loop that optimizes inputs, wired to passes, random streams and artifacts
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

/* ---- What the loop calls ---------------------------------------------------- */

/** An optimization under way */
struct wiring {
	cnnviz_job *job;
	const cnnviz_host *host;
	const cnnviz_optimization *what;
	cnnviz_random **streams; /* of each item */
};

/** Backward from what the objective looks at to the input */
static cnnviz_status go_back(const struct wiring *wiring, cnnviz_pass *pass,
		cnnviz_tensor *const *seeds, cnnviz_tensor **gradient)
{
	const cnnviz_optimization *what = wiring->what;
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
			? job_misuse(wiring->job,
					"the objective of an optimization gave no seed")
			: wiring->host->pass->backward(wiring->job, pass,
					CNNVIZ_RULE_PLAIN, count, layers, given, 1,
					&input, gradient);
	free(layers);
	free(given);
	return status;
}

static cnnviz_status call_gradient(void *context, const cnnviz_tensor *inputs,
		uint32_t count, const uint32_t *items, double *values,
		cnnviz_tensor **gradient)
{
	const struct wiring *wiring = context;
	const cnnviz_optimization *what = wiring->what;
	cnnviz_tensor **seeds = memory_new(what->capture_count, sizeof(cnnviz_tensor *));
	cnnviz_pass *pass = NULL;
	cnnviz_status status = wiring->host->pass->forward(wiring->job, inputs,
			what->capture_count, what->captures, &pass);

	if (status == CNNVIZ_OK) {
		status = what->objective(wiring->host, wiring->job, what->context, pass,
				count, items, values, seeds);
	}
	if (status == CNNVIZ_OK) {
		status = go_back(wiring, pass, seeds, gradient);
	}
	for (uint32_t i = 0; i < what->capture_count; i++) {
		tensor_unref(seeds[i]);
	}
	free(seeds);
	wiring->host->pass->unref(pass);
	return status;
}

static void call_uniform(void *context, uint32_t item, float low, float high,
		int64_t count, float *values)
{
	const struct wiring *wiring = context;

	wiring->host->random->uniform(wiring->streams[item], low, high, count, values);
}

static void call_normal(void *context, uint32_t item, float mean, float deviation,
		int64_t count, float *values)
{
	const struct wiring *wiring = context;

	wiring->host->random->normal(wiring->streams[item], mean, deviation, count,
			values);
}

static cnnviz_status call_observe(void *context, uint32_t step,
		const cnnviz_tensor *inputs, const double *values, uint8_t *frozen)
{
	const struct wiring *wiring = context;

	return wiring->what->observer(wiring->host, wiring->job, wiring->what->context,
			step, inputs, values, frozen);
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
	const struct wiring *wiring = context;
	const cnnviz_optimization *what = wiring->what;
	const cnnviz_artifact_api *artifact = wiring->host->artifact;
	cnnviz_status status = CNNVIZ_OK;

	if (what->snapshot_name != NULL) {
		char *stem = artifact_name(what, what->snapshot_name, item);
		char *name = memory_format("%s-step-%04lu", stem, (unsigned long)step);

		status = artifact->image(wiring->job, name, image);
		free(name);
		free(stem);
	}
	if (status == CNNVIZ_OK && what->animation && what->animation_name != NULL) {
		char *name = artifact_name(what, what->animation_name, item);

		status = artifact->frame(wiring->job, name, image);
		free(name);
	}
	return status;
}

static void call_progress(void *context, uint32_t step, double loss)
{
	const struct wiring *wiring = context;
	char text[64];

	snprintf(text, sizeof(text), "step %lu of %lu, loss %.4g", (unsigned long)step,
			(unsigned long)wiring->what->iterations, loss);
	wiring->host->progress(wiring->job, step, wiring->what->iterations);
	if (!wiring->job->nested) {
		progress_note(wiring->job->session->progress, text);
	}
}

static bool call_canceled(void *context)
{
	const struct wiring *wiring = context;

	return wiring->host->canceled(wiring->job);
}

static void call_warn(void *context, const char *text)
{
	const struct wiring *wiring = context;

	job_warn(wiring->job, -1, text);
}

/* ---- Run -------------------------------------------------------------------- */

static cnnviz_status check_request(const cnnviz_job *job, const cnnviz_optimization *what)
{
	if (what->objective == NULL || what->capture_count < 1 || what->captures == NULL
			|| what->count < 1) {
		return job_misuse(job,
				"optimize->run() was handed no objective, no layer to "
				"capture or no picture to make");
	}
	if (what->start > CNNVIZ_START_IMAGES || what->space > CNNVIZ_SPACE_FOURIER
			|| what->optimizer > CNNVIZ_OPTIMIZER_NORMALIZED) {
		return job_misuse(job,
				"optimize->run() was handed an unknown start, space or "
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

/** One item's losses until it was frozen */
static cnnviz_status draw_curve(const struct wiring *wiring,
		const struct loop_result *result, uint32_t item)
{
	const cnnviz_optimization *what = wiring->what;
	int64_t steps = result->item_steps[item];
	cnnviz_tensor *curve = tensor_create(1, &steps);
	cnnviz_status status = CNNVIZ_ERROR_MEMORY;

	if (curve == NULL) {
		return job_fail(wiring->job, status, "memory is too short");
	}
	for (int64_t i = 0; i < steps; i++) {
		tensor_mutable_data(curve)[i] =
				tensor_data(result->losses)[i * what->count + item];
	}
	char *name = artifact_name(what, what->curve_name, item);
	status = wiring->host->artifact->curve(wiring->job, name, curve, NULL, "loss");
	free(name);
	tensor_unref(curve);
	return status;
}

static cnnviz_status give(const struct wiring *wiring, struct loop_result *made,
		cnnviz_optimized *result)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; wiring->what->curve_name && status == CNNVIZ_OK
			&& n < wiring->what->count;
			n++) {
		status = draw_curve(wiring, made, n);
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
	struct wiring wiring = { .job = job, .host = job->session->host, .what = &what };
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
		.context = &wiring };
	struct loop_result made = { 0 };

	cnnviz_status status = job_refuse(job, "optimize->run()");

	if (status == CNNVIZ_OK) {
		memcpy(&what, optimization, recipe_known_size(optimization->struct_size));
		status = prepare(job, &what, &request);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	wiring.streams = memory_new(what.count, sizeof(cnnviz_random *));
	for (uint32_t n = 0; n < what.count; n++) {
		wiring.streams[n] = wiring.host->random->create(job,
				what.streams != NULL ? what.streams[n] : n);
		if (wiring.streams[n] == NULL) {
			status = job_fail(job, CNNVIZ_ERROR_MEMORY,
					"memory is too short");
			goto done;
		}
	}
	status = loop_run(&request, &made, &job->fault->error);
	if (status == CNNVIZ_OK) {
		status = give(&wiring, &made, result);
	}
done:
	for (uint32_t n = 0; n < what.count; n++) {
		wiring.host->random->unref(wiring.streams[n]);
	}
	free(wiring.streams);
	return status;
}

const struct cnnviz_optimize_api optimize_services = {
	.struct_size = sizeof(struct cnnviz_optimize_api),
	.defaults = recipe_defaults,
	.configure = recipe_configure,
	.run = run,
};

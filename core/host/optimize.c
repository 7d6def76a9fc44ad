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
#include "base/text.h"
#include "host/canvas.h"
#include "host/network.h"
#include "host/optimize_recipe.h"
#include "host/starts.h"
#include "host/tensors.h"
#include "optimize/adjoint.h"
#include "optimize/check.h"
#include "plan/engine.h"

/** Longest name of an item in the names of artifacts; behind it comes "-step-0010" */
#define ITEM_NAME_MAX 48

/* ---- Functions for the loop ---------------------------------------------------- */

/** Context of a running optimization */
struct optimization_call {
	cnnviz_job *job;
	const cnnviz_host *host;
	const cnnviz_optimization *what;
	cnnviz_random **streams; /* of each item */
	struct canvas canvas;
};

/** Backward pass from the objective's layers to the input */
static cnnviz_status backpropagate(const struct optimization_call *call,
		cnnviz_pass *pass, uint32_t rule, cnnviz_tensor *const *seeds,
		cnnviz_tensor **gradient)
{
	const cnnviz_optimization *what = call->what;
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
			? job_misuse(call->job,
					"the objective of an optimization returned no "
					"seed")
			: call->host->pass->backward(call->job, pass, rule, count, layers,
					given, 1, &input, gradient);
	free(layers);
	free(given);
	return status;
}

/** Replace a tensor, which may be NULL, by one of the negated values */
static cnnviz_status negate(const struct optimization_call *call, cnnviz_tensor **tensor)
{
	cnnviz_tensor *negated = NULL;

	if (*tensor == NULL) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = job_create_tensor(call->job, tensor_rank(*tensor),
			tensor_shape(*tensor), &negated);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < tensor_count(negated); i++) {
		tensor_mutable_data(negated)[i] = -tensor_data(*tensor)[i];
	}
	tensor_unref(*tensor);
	*tensor = negated;
	return CNNVIZ_OK;
}

/**
 * Redirected backward pass. What it follows is to rise: an objective that is minimized is
 * negated on the way there, and its gradient on the way back.
 */
static cnnviz_status redirect(const struct optimization_call *call, cnnviz_pass *pass,
		cnnviz_tensor **seeds, cnnviz_tensor **gradient)
{
	bool falls = !call->what->maximize;
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0;
			falls && status == CNNVIZ_OK && i < call->what->capture_count;
			i++) {
		status = negate(call, &seeds[i]);
	}
	if (status == CNNVIZ_OK) {
		status = backpropagate(call, pass, CNNVIZ_RULE_REDIRECTED, seeds,
				gradient);
	}
	return falls && status == CNNVIZ_OK ? negate(call, gradient) : status;
}

static cnnviz_status call_gradient(void *context, const cnnviz_tensor *inputs,
		uint32_t count, const uint32_t *items, bool redirected, double *values,
		cnnviz_tensor **gradient)
{
	const struct optimization_call *call = context;
	const cnnviz_optimization *what = call->what;
	cnnviz_tensor **seeds = memory_new(what->capture_count, sizeof(cnnviz_tensor *));
	cnnviz_pass *pass = NULL;
	cnnviz_status status = call->host->pass->forward(call->job, inputs,
			what->capture_count, what->captures, &pass);

	if (status == CNNVIZ_OK) {
		status = what->objective(call->host, call->job, what->context, pass,
				count, items, values, seeds);
	}
	if (status == CNNVIZ_OK) {
		status = redirected ? redirect(call, pass, seeds, gradient)
				    : backpropagate(call, pass, CNNVIZ_RULE_PLAIN, seeds,
						    gradient);
	}
	for (uint32_t i = 0; i < what->capture_count; i++) {
		tensor_unref(seeds[i]);
	}
	free(seeds);
	call->host->pass->unref(pass);
	return status;
}

static void call_uniform(void *context, uint32_t item, float low, float high,
		int64_t count, float *values)
{
	const struct optimization_call *call = context;

	call->host->random->uniform(call->streams[item], low, high, count, values);
}

static void call_normal(void *context, uint32_t item, float mean, float deviation,
		int64_t count, float *values)
{
	const struct optimization_call *call = context;

	call->host->random->normal(call->streams[item], mean, deviation, count, values);
}

static cnnviz_status call_observe(void *context, uint32_t step,
		const cnnviz_tensor *inputs, const double *values, uint8_t *frozen)
{
	const struct optimization_call *call = context;

	return call->what->observer(call->host, call->job, call->what->context, step,
			inputs, values, frozen);
}

/** The name of an item, or its number unless it is a single one, or NULL; new */
static char *item_name(const cnnviz_optimization *what, uint32_t item)
{
	return what->item_names != NULL
			? text_file_part(what->item_names[item], ITEM_NAME_MAX)
			: what->count > 1 ? memory_format("%lu", (unsigned long)item)
					  : NULL;
}

/** Suffix of an item's artifact: its name, the run's and more, of what there is; new */
static char *item_suffix(const cnnviz_optimization *what, uint32_t item, const char *more)
{
	char *suffix = item_name(what, item);
	const char *const parts[] = { what->run_name, more };

	for (size_t i = 0; i < 2; i++) {
		if (parts[i] != NULL) {
			char *longer = memory_format("%s%s%s",
					suffix != NULL ? suffix : "",
					suffix != NULL ? "-" : "", parts[i]);

			free(suffix);
			suffix = longer;
		}
	}
	return suffix;
}

/** Add an image (C,H,W) to the animation of its item */
static cnnviz_status add_frame(const struct optimization_call *call, uint32_t item,
		const cnnviz_tensor *image)
{
	const cnnviz_optimization *what = call->what;
	const int64_t *shape = tensor_shape(image);
	char *name = item_name(what, item);
	cnnviz_tensor *whole = tensor_wrap(4,
			(const int64_t[]){ 1, shape[0], shape[1], shape[2] },
			tensor_data(image), NULL, NULL);
	cnnviz_tensor *frame = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (whole == NULL) {
		status = job_fail(call->job, CNNVIZ_ERROR_MEMORY, "out of memory");
	} else if (what->frame_height > 0 && what->frame_width > 0) {
		status = call->host->image->resize(call->job, whole, what->frame_height,
				what->frame_width, CNNVIZ_FILTER_BILINEAR, &frame);
	}
	if (status == CNNVIZ_OK) {
		status = call->host->artifact->frame(call->job, what->animation_name,
				name, frame != NULL ? frame : whole, 0);
	}
	tensor_unref(frame);
	tensor_unref(whole);
	free(name);
	return status;
}

static cnnviz_status call_snapshot(void *context, uint32_t step, uint32_t item,
		const cnnviz_tensor *image)
{
	const struct optimization_call *call = context;
	const cnnviz_optimization *what = call->what;
	cnnviz_status status = CNNVIZ_OK;

	if (what->snapshot_name != NULL) {
		char *number = memory_format("step-%04lu", (unsigned long)step);
		char *suffix = item_suffix(what, item, number);

		status = call->host->artifact->image(call->job, what->snapshot_name,
				suffix, image, CNNVIZ_WHOLE);
		free(suffix);
		free(number);
	}
	return status == CNNVIZ_OK && what->animation && what->animation_name != NULL
			? add_frame(call, item, image)
			: status;
}

static void call_progress(void *context, uint32_t step, double loss)
{
	const struct optimization_call *call = context;
	char text[64];

	snprintf(text, sizeof(text), "step %lu of %lu, loss %.4g", (unsigned long)step,
			(unsigned long)call->what->iterations, loss);
	call->host->progress(call->job, step, call->what->iterations);
	if (!call->job->nested) {
		progress_message(call->job->session->progress, text);
	}
}

static bool call_canceled(void *context)
{
	const struct optimization_call *call = context;

	return call->host->canceled(call->job);
}

/* ---- Functions for the loop, with pictures on the device ------------------------- */

static cnnviz_status call_canvas_open(void *context, const struct views *views,
		const struct space *space, const cnnviz_tensor *variables,
		const cnnviz_tensor *starts)
{
	struct optimization_call *call = context;

	return canvas_start(&call->canvas, views, space, variables, starts);
}

static void call_canvas_close(void *context)
{
	struct optimization_call *call = context;

	canvas_end(&call->canvas);
}

static cnnviz_status call_canvas_look(void *context, uint32_t count,
		const uint32_t *items, const struct view *views,
		const cnnviz_tensor *stand_in)
{
	struct optimization_call *call = context;

	return canvas_see(&call->canvas, count, items, views, stand_in);
}

static cnnviz_status call_canvas_find_silent(void *context, uint32_t count,
		const uint32_t *items, bool *silent)
{
	struct canvas *canvas = &((struct optimization_call *)context)->canvas;

	return canvas->engine->canvas->find_silent(canvas->canvas, count, items, silent,
			canvas->error);
}

static cnnviz_status call_canvas_step(void *context, uint32_t count,
		const uint32_t *items, const struct canvas_step *step,
		struct canvas_outcome *outcomes)
{
	struct optimization_call *call = context;

	return canvas_advance(&call->canvas, count, items, step, outcomes);
}

static cnnviz_status call_canvas_read(void *context, cnnviz_tensor *inputs)
{
	struct canvas *canvas = &((struct optimization_call *)context)->canvas;

	return canvas->engine->canvas->read(canvas->canvas, inputs, canvas->error);
}

static const struct canvas_calls canvas_calls = {
	.open = call_canvas_open,
	.close = call_canvas_close,
	.look = call_canvas_look,
	.find_silent = call_canvas_find_silent,
	.step = call_canvas_step,
	.read = call_canvas_read,
};

/** A device with memory of its own keeps the pictures; the CPU's are the loop's. */
static bool uses_canvas(const struct session *session)
{
	return session->engine != NULL && session->engine->canvas != NULL
			&& strcmp(plan_find_device(session->plan, session->engine), "cpu")
			!= 0;
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
	if (!transformations_are_complete(what)) {
		return job_misuse(job,
				"optimize->run() was given a transformation without a "
				"name, apply() or pull_back()");
	}
	return CNNVIZ_OK;
}

static void read_scale(cnnviz_job *job, struct pixel_scale *scale)
{
	const cnnviz_model_api *model = job->session->host->model;

	scale->channels = recipe_channels(job);
	scale->bgr = job_graph(job)->normalization.bgr;
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
	request->host = job->session->host;
	request->job = job;
	if (status == CNNVIZ_OK) {
		status = loop_check(what, request->scale.channels, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = recipe_size(job, what, request);
	}
	return status;
}

/** Draw the curve of one item's losses until it was frozen */
static cnnviz_status draw_curve(const struct optimization_call *call,
		const struct loop_result *result, uint32_t item)
{
	const cnnviz_optimization *what = call->what;
	int64_t steps = result->item_steps[item];
	cnnviz_tensor *curve = NULL;
	cnnviz_status status = job_create_tensor(call->job, 1, &steps, &curve);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < steps; i++) {
		tensor_mutable_data(curve)[i] =
				tensor_data(result->losses)[i * what->count + item];
	}
	char *suffix = item_suffix(what, item, NULL);
	status = call->host->artifact->curve(call->job, what->curve_name, suffix, curve,
			NULL, "loss");
	free(suffix);
	tensor_unref(curve);
	return status;
}

/** Tell the technique, and note for the end of the call, which items have started */
static void return_starts(const struct optimization_call *call,
		const struct loop_result *made, cnnviz_optimized *result)
{
	bool wanted = CNNVIZ_HAS(cnnviz_optimized, result, started)
			&& result->started != NULL;

	for (uint32_t n = 0; n < call->what->count; n++) {
		char *name = item_name(call->what, n);

		bool started = starts_add(call->job, name != NULL ? name : "the picture",
				made->started[n], made->dead[n]);

		if (wanted) {
			result->started[n] = started;
		}
		free(name);
	}
}

static cnnviz_status return_result(const struct optimization_call *call,
		struct loop_result *made, cnnviz_optimized *result)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; call->what->curve_name && status == CNNVIZ_OK
			&& n < call->what->count;
			n++) {
		/* The curve of what never started tells nothing. */
		if (made->started[n] || !call->what->spare_dead) {
			status = draw_curve(call, made, n);
		}
	}
	if (status == CNNVIZ_OK) {
		result->steps = made->steps;
		result->image = tensor_ref(made->image);
		result->input = tensor_ref(made->input);
		result->values = tensor_ref(made->values);
		return_starts(call, made, result);
	}
	loop_result_clear(made);
	return status;
}

static cnnviz_status create_streams(struct optimization_call *call)
{
	const cnnviz_optimization *what = call->what;
	cnnviz_status status = CNNVIZ_OK;

	call->streams = memory_new(what->count, sizeof(cnnviz_random *));
	for (uint32_t n = 0; n < what->count && status == CNNVIZ_OK; n++) {
		status = call->host->random->create(call->job,
				what->streams != NULL ? what->streams[n] : n,
				&call->streams[n]);
	}
	return status;
}

static cnnviz_status run(cnnviz_job *job, const cnnviz_optimization *optimization,
		cnnviz_optimized *result)
{
	cnnviz_optimization what = { 0 };
	struct optimization_call call = { .job = job,
		.host = job->session->host,
		.what = &what,
		.canvas = {
				.engine = job->session->engine,
				.network = network_engine(job->session, job->network),
				.optimization = &what,
				.error = &job->fault->error,
		} };
	const struct loop_calls calls = {
		.gradient = call_gradient,
		.uniform = call_uniform,
		.normal = call_normal,
		.observe = optimization->observer != NULL ? call_observe : NULL,
		.snapshot = call_snapshot,
		.progress = call_progress,
		.canceled = call_canceled,
		.canvas = uses_canvas(job->session) ? &canvas_calls : NULL,
	};
	struct loop_request request = { .optimization = &what,
		.calls = &calls,
		.context = &call };
	struct loop_result made = { 0 };

	cnnviz_status status = job_refuse(job, "optimize->run()");

	if (status == CNNVIZ_OK) {
		memcpy(&what, optimization, recipe_known_size(optimization->struct_size));
		status = prepare(job, &what, &request);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = create_streams(&call);
	if (status == CNNVIZ_OK) {
		status = loop_run(&request, &made, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = return_result(&call, &made, result);
	}
	for (uint32_t n = 0; n < what.count; n++) {
		call.host->random->unref(call.streams[n]);
	}
	free(call.streams);
	return status;
}

cnnviz_status optimize_check_transformations(cnnviz_job *job,
		const cnnviz_optimization *optimization)
{
	cnnviz_optimization what = { 0 };
	struct loop_request request = { 0 };
	const struct transformation_call call = { job->session->host, job,
		&job->fault->error };
	cnnviz_status status = job_refuse(job, "optimize->run()");

	memcpy(&what, optimization, recipe_known_size(optimization->struct_size));
	if (status == CNNVIZ_OK) {
		status = prepare(job, &what, &request);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	const struct views views = views_create(&what,
			(struct extents){ request.scale.channels, request.height,
					request.width },
			request.pad_visible);

	return adjoint_check(&what, &call,
			(const int64_t[]){ 1, request.scale.channels, views.height,
					views.width });
}

const struct cnnviz_optimize_api optimize_services = {
	.struct_size = sizeof(struct cnnviz_optimize_api),
	.defaults = recipe_defaults,
	.configure = recipe_configure,
	.run = run,
};

/**
 * \file    run/optimise.c
 * \brief   The loop that optimises inputs, wired to passes, random streams and artifacts
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cnnviz/optimise.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimise/loop.h"
#include "run/services.h"

/* ---- Defaults and parameters ------------------------------------------------ */

static uint32_t known_size(uint32_t struct_size)
{
	return struct_size < sizeof(cnnviz_optimisation) ? struct_size
			: (uint32_t)sizeof(cnnviz_optimisation);
}

static void defaults(cnnviz_optimisation *optimisation, uint32_t struct_size)
{
	cnnviz_optimisation preset = {
		.struct_size = struct_size,
		.count = 1,
		.maximise = 1,
		.norm_exponent = 6,
		.variation_exponent = 2,
	};

	memset(optimisation, 0, struct_size);
	memcpy(optimisation, &preset, known_size(struct_size));
}

/** A member of cnnviz_optimisation that a parameter sets */
struct member {
	const char *name;
	uint32_t type;          /* CNNVIZ_PARAMETER_*; FLOAT: double, others: uint32_t */
	size_t offset;
};

#define MEMBER(type, name) \
	{ #name, CNNVIZ_PARAMETER_##type, offsetof(cnnviz_optimisation, name) }

static const struct member members[] = {
	MEMBER(ENUM, start), MEMBER(FLOAT, start_low), MEMBER(FLOAT, start_high),
	MEMBER(COLOR, start_color),
	MEMBER(INT, iterations), MEMBER(FLOAT, learning_rate), MEMBER(ENUM, optimiser),
	MEMBER(FLOAT, momentum), MEMBER(FLOAT, weight_decay), MEMBER(ENUM, space),
	MEMBER(BOOL, decorrelate), MEMBER(BOOL, quantise),
	MEMBER(FLOAT, l1), MEMBER(FLOAT, l2), MEMBER(FLOAT, norm),
	MEMBER(FLOAT, norm_exponent), MEMBER(FLOAT, variation),
	MEMBER(FLOAT, variation_exponent), MEMBER(INT, blur_every),
	MEMBER(FLOAT, blur_first), MEMBER(FLOAT, blur_last), MEMBER(INT, clip_every),
	MEMBER(FLOAT, clip_fraction),
	MEMBER(INT, pad), MEMBER(INT, jitter), MEMBER(INT, jitter_last),
	MEMBER(FLOAT, scale_low), MEMBER(FLOAT, scale_high), MEMBER(FLOAT, rotate),
	MEMBER(INT, tile), MEMBER(FLOAT, bound_linf), MEMBER(FLOAT, bound_l2),
	MEMBER(INT, snapshots), MEMBER(BOOL, animation), MEMBER(INT, patience),
	MEMBER(FLOAT, tolerance),
};

/** What the user set for a parameter, if the technique declares it with that type */
static const struct value *find_set(const cnnviz_job *job, const char *name,
		uint32_t type)
{
	const cnnviz_parameter *table = job->plan->plugin->parameters;
	size_t count = job->plan->plugin->technique.parameter_count;
	size_t place = parameter_find(table, count, name);

	return place < count && table[place].type == type
			&& !(table[place].flags & CNNVIZ_PARAMETER_LIST)
			&& job->plan->values[place].set ? &job->plan->values[place] : NULL;
}

static void apply_members(const cnnviz_job *job, cnnviz_optimisation *optimisation)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct member *member = &members[i];
		const struct value *value = find_set(job, member->name, member->type);
		char *place = (char *)optimisation + member->offset;

		if (!value) {
			continue;
		}
		if (member->type == CNNVIZ_PARAMETER_FLOAT) {
			memcpy(place, &value->real, sizeof(value->real));
		} else {
			memcpy(place, &(uint32_t){ (uint32_t)value->integer },
					sizeof(uint32_t));
		}
	}
	const struct value *height = find_set(job, "height", CNNVIZ_PARAMETER_INT);
	const struct value *width = find_set(job, "width", CNNVIZ_PARAMETER_INT);
	optimisation->height = height ? height->integer : optimisation->height;
	optimisation->width = width ? width->integer : optimisation->width;
}

/** Read the picture to start from, where the user names one. */
static cnnviz_status read_start(cnnviz_job *job, cnnviz_optimisation *optimisation)
{
	const struct value *picture = find_set(job, "start_picture",
			CNNVIZ_PARAMETER_PATH);
	const struct value *start = find_set(job, "start", CNNVIZ_PARAMETER_ENUM);
	const cnnviz_image_api *image = session_host(job->session)->image;
	bool sized = optimisation->height > 0 && optimisation->width > 0;
	cnnviz_tensor *read = NULL, *resized = NULL;

	if (!picture) {
		return CNNVIZ_OK;
	}
	if (start && start->integer != CNNVIZ_START_IMAGES) {
		return job_fail(job, CNNVIZ_ERROR_INPUT, "start_picture is set, but start is "
				"%s; set start to picture or leave start_picture out",
				cnnviz_optimise_starts[start->integer]);
	}
	cnnviz_status status = image->read(job, picture->text, !sized, &read);
	if (status == CNNVIZ_OK && sized) {
		status = image->resize(job, read, optimisation->height,
				optimisation->width, CNNVIZ_FILTER_LANCZOS, &resized);
		tensor_unref(read);
		read = resized;
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	job_hold(job, read);
	optimisation->start = CNNVIZ_START_IMAGES;
	optimisation->start_images = read;
	return CNNVIZ_OK;
}

static int channel_count(const cnnviz_job *job)
{
	return job->session->plan->model->graph->normalisation.channels;
}

static cnnviz_status configure(cnnviz_job *job, cnnviz_optimisation *optimisation)
{
	cnnviz_optimisation changed = { 0 };
	uint32_t size = known_size(optimisation->struct_size);

	memcpy(&changed, optimisation, size);
	apply_members(job, &changed);
	cnnviz_status status = read_start(job, &changed);
	if (status == CNNVIZ_OK) {
		status = loop_check(&changed, channel_count(job), &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		memcpy(optimisation, &changed, size);
	}
	return status;
}

/* ---- What the loop calls ---------------------------------------------------- */

/** An optimisation under way */
struct wiring {
	cnnviz_job *job;
	const cnnviz_host *host;
	const cnnviz_optimisation *what;
	cnnviz_random **streams;        /* of each item */
};

/** Backward from what the objective looks at to the input */
static cnnviz_status go_back(const struct wiring *wiring, cnnviz_pass *pass,
		cnnviz_tensor *const *seeds, cnnviz_tensor **gradient)
{
	const cnnviz_optimisation *what = wiring->what;
	const cnnviz_tensor **given = memory_new(what->capture_count, sizeof(*given));
	int32_t *layers = memory_new(what->capture_count, sizeof(*layers));
	const int32_t input = CNNVIZ_LAYER_INPUT;
	uint32_t count = 0;

	for (uint32_t i = 0; i < what->capture_count; i++) {
		if (seeds[i]) {
			layers[count] = what->captures[i];
			given[count++] = seeds[i];
		}
	}
	cnnviz_status status = count == 0
			? job_misuse(wiring->job, "the objective of an optimisation gave no seed")
			: wiring->host->pass->backward(wiring->job, pass, CNNVIZ_RULE_PLAIN,
				count, layers, given, 1, &input, gradient);
	free(layers);
	free(given);
	return status;
}

static cnnviz_status call_gradient(void *context, const cnnviz_tensor *inputs,
		uint32_t count, const uint32_t *items, double *values,
		cnnviz_tensor **gradient)
{
	const struct wiring *wiring = context;
	const cnnviz_optimisation *what = wiring->what;
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

	wiring->host->random->normal(wiring->streams[item], mean, deviation, count, values);
}

static cnnviz_status call_observe(void *context, uint32_t step,
		const cnnviz_tensor *inputs, const double *values, uint8_t *frozen)
{
	const struct wiring *wiring = context;

	return wiring->what->observer(wiring->host, wiring->job, wiring->what->context,
			step, inputs, values, frozen);
}

/** "name-item", or "name" for a single item without a name; new */
static char *artifact_name(const cnnviz_optimisation *what, const char *name,
		uint32_t item)
{
	if (what->item_names) {
		return memory_format("%s-%s", name, what->item_names[item]);
	}
	return what->count > 1 ? memory_format("%s-%lu", name, (unsigned long)item)
			: memory_text(name);
}

static cnnviz_status call_snapshot(void *context, uint32_t step, uint32_t item,
		const cnnviz_tensor *image)
{
	const struct wiring *wiring = context;
	const cnnviz_optimisation *what = wiring->what;
	const cnnviz_artifact_api *artifact = wiring->host->artifact;
	cnnviz_status status = CNNVIZ_OK;

	if (what->snapshot_name) {
		char *stem = artifact_name(what, what->snapshot_name, item);
		char *name = memory_format("%s-step-%04lu", stem, (unsigned long)step);

		status = artifact->image(wiring->job, name, image);
		free(name);
		free(stem);
	}
	if (status == CNNVIZ_OK && what->animation && what->animation_name) {
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

static bool call_cancelled(void *context)
{
	const struct wiring *wiring = context;

	return wiring->host->cancelled(wiring->job);
}

static void call_warn(void *context, const char *text)
{
	const struct wiring *wiring = context;

	job_warn(wiring->job, -1, text);
}

/* ---- Run -------------------------------------------------------------------- */

static cnnviz_status check_request(const cnnviz_job *job,
		const cnnviz_optimisation *what)
{
	if (!what->objective || what->capture_count < 1 || !what->captures
			|| what->count < 1) {
		return job_misuse(job, "optimise->run() was handed no objective, no layer to "
				"capture or no picture to make");
	}
	if (what->start > CNNVIZ_START_IMAGES || what->space > CNNVIZ_SPACE_FOURIER
			|| what->optimiser > CNNVIZ_OPTIMISER_NORMALISED) {
		return job_misuse(job, "optimise->run() was handed an unknown start, space or "
				"optimiser");
	}
	return CNNVIZ_OK;
}

/** Find the size of the images, and whether those to start from fit. */
static cnnviz_status choose_size(const cnnviz_job *job, const cnnviz_optimisation *what,
		struct loop_request *request)
{
	const cnnviz_tensor *images = what->start == CNNVIZ_START_IMAGES
			? what->start_images : NULL;
	const int64_t *shape = images && tensor_rank(images) == 4 ? tensor_shape(images)
			: NULL;
	const struct plan *plan = job->session->plan;

	if (images && (!shape || shape[1] != channel_count(job)
			|| (shape[0] != 1 && shape[0] != what->count))) {
		return job_misuse(job, "optimise->run() was handed pictures to start from that "
				"are not (%lu,%d,H,W)", (unsigned long)what->count,
				channel_count(job));
	}
	request->height = what->height > 0 ? what->height : shape ? shape[2]
			: plan->size[0];
	request->width = what->width > 0 ? what->width : shape ? shape[3] : plan->size[1];
	if (shape && (shape[2] != request->height || shape[3] != request->width)) {
		return job_fail(job, CNNVIZ_ERROR_INPUT, "the picture to start from is %lldx%lld "
				"and the one to be made %lldx%lld; leave width and height out, "
				"or give both", (long long)shape[3], (long long)shape[2],
				(long long)request->width, (long long)request->height);
	}
	return CNNVIZ_OK;
}

/** Whether the objective's layers can be computed for inputs of a size; says why not */
static bool takes(const cnnviz_job *job, const cnnviz_optimisation *what, int64_t height,
		int64_t width, struct error *error)
{
	const struct graph *graph = job->session->plan->model->graph;
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	int32_t *nodes = memory_new(what->capture_count, sizeof(*nodes));
	uint32_t count = 0;

	for (uint32_t i = 0; i < what->capture_count; i++) {
		int32_t node = session_node(job->session, what->captures[i]);

		if (node >= 0) {
			nodes[count++] = node;
		}
	}
	bool taken = graph_infer_part(graph, height, width, count, nodes, shapes, error)
			== CNNVIZ_OK;
	free(nodes);
	free(shapes);
	return taken;
}

static int64_t at_most(int64_t value, uint32_t limit)
{
	return limit > 0 && value > limit ? limit : value;
}

/** Whether the network takes the images, or their tiles, and sees their border. */
static cnnviz_status choose_views(const cnnviz_job *job, const cnnviz_optimisation *what,
		struct loop_request *request)
{
	int64_t border = 2 * (int64_t)what->pad;

	request->border_seen = takes(job, what, at_most(request->height + border, what->tile),
			at_most(request->width + border, what->tile), NULL);
	if (request->border_seen) {
		return CNNVIZ_OK;
	}
	return takes(job, what, at_most(request->height, what->tile),
			at_most(request->width, what->tile), &job->fault->error)
			? CNNVIZ_OK : job->fault->error.status;
}

static void read_scale(cnnviz_job *job, struct pixel_scale *scale)
{
	const cnnviz_model_api *model = session_host(job->session)->model;

	scale->channels = channel_count(job);
	scale->bgr = job->session->plan->model->graph->normalisation.bgr;
	for (int c = 0; c < scale->channels; c++) {
		model->normalisation(job, (uint32_t)c, &scale->mean[c], &scale->std[c]);
	}
}

static cnnviz_status prepare(cnnviz_job *job, const cnnviz_optimisation *what,
		struct loop_request *request)
{
	cnnviz_status status = check_request(job, what);

	read_scale(job, &request->scale);
	request->batch = (uint32_t)job->session->plan->batch;
	if (status == CNNVIZ_OK) {
		status = loop_check(what, request->scale.channels, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = choose_size(job, what, request);
	}
	return status == CNNVIZ_OK ? choose_views(job, what, request) : status;
}

/** One item's losses until it was frozen */
static cnnviz_status draw_curve(const struct wiring *wiring,
		const struct loop_result *result, uint32_t item)
{
	const cnnviz_optimisation *what = wiring->what;
	int64_t steps = result->item_steps[item];
	cnnviz_tensor *curve = tensor_create(1, &steps);
	cnnviz_status status = CNNVIZ_ERROR_MEMORY;

	if (!curve) {
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
		cnnviz_optimised *result)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; wiring->what->curve_name && status == CNNVIZ_OK
			&& n < wiring->what->count; n++) {
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

static cnnviz_status run(cnnviz_job *job, const cnnviz_optimisation *optimisation,
		cnnviz_optimised *result)
{
	cnnviz_optimisation what = { 0 };
	struct wiring wiring = { .job = job, .host = session_host(job->session),
		.what = &what };
	const struct loop_calls calls = {
		.gradient = call_gradient, .uniform = call_uniform, .normal = call_normal,
		.observe = optimisation->observer ? call_observe : NULL,
		.snapshot = call_snapshot, .progress = call_progress,
		.cancelled = call_cancelled, .warn = call_warn,
	};
	struct loop_request request = { .optimisation = &what, .calls = &calls,
		.context = &wiring };
	struct loop_result made = { 0 };

	memcpy(&what, optimisation, known_size(optimisation->struct_size));
	cnnviz_status status = prepare(job, &what, &request);
	if (status != CNNVIZ_OK) {
		return status;
	}
	wiring.streams = memory_new(what.count, sizeof(cnnviz_random *));
	for (uint32_t n = 0; n < what.count; n++) {
		wiring.streams[n] = wiring.host->random->create(job,
				what.streams ? what.streams[n] : n);
		if (!wiring.streams[n]) {
			status = job_fail(job, CNNVIZ_ERROR_MEMORY, "memory is too short");
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

const struct cnnviz_optimise_api optimise_services = {
	.struct_size = sizeof(struct cnnviz_optimise_api),
	.defaults = defaults,
	.configure = configure,
	.run = run,
};

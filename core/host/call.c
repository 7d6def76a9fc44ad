/**
 * \file    host/call.c
 * \brief   Calls techniques, and checks their results
 */
#include "host/call.h"

#include <math.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/animation.h"
#include "host/batch_pass.h"
#include "host/composite.h"
#include "host/extras.h"
#include "host/guard.h"
#include "host/held_pass.h"
#include "host/job.h"
#include "host/network.h"
#include "host/pending.h"
#include "host/rule_cache.h"
#include "host/starts.h"
#include "host/state.h"
#include "host/streams.h"

/* ---- Calling a technique ------------------------------------------------- */

/** Mark the start of a technique's call. */
static void call_enter(struct cnnviz_job *call)
{
	struct session *session = call->session;

	call->job->busy = true;
	call->outer = session->call;
	session->call = call;
	if (session->listener.entered != NULL) {
		session->listener.entered(session->listener.context, call);
	}
	guard_enter(call);
}

static void call_leave(struct cnnviz_job *call)
{
	struct session *session = call->session;

	guard_leave(call);
	call->job->busy = false;
	session->call = call->outer;
	if (session->listener.left != NULL) {
		session->listener.left(session->listener.context, call);
	}
}

/** Release what a technique forgot to release. */
static struct leftovers release_leaks(struct cnnviz_job *call)
{
	struct leftovers left = { 0 };

	while (call->passes != NULL) {
		pass_unref(call->passes);
		left.passes++;
	}
	while (call->randoms != NULL) {
		stream_unref(call->randoms);
		left.streams++;
	}
	while (call->networks != NULL) {
		network_unref(call->networks);
		left.networks++;
	}
	network_use(call, NULL);
	return left;
}

static void finish(struct cnnviz_job *call, size_t tensors_before, size_t tensors_kept)
{
	struct leftovers *sum = &call->session->leftovers;
	struct leftovers left = release_leaks(call);

	starts_clear(call);
	tensor_unref(call->borrowed);
	for (size_t i = 0; i < call->held_count; i++) {
		tensor_unref(call->held[i]);
	}
	free(call->held);
	composite_release(call);
	/* Signed: this thread also releases what others have created. */
	ptrdiff_t more = (ptrdiff_t)(tensor_live_count() - tensors_before - tensors_kept);

	if (more > 0 && job_has_state(call->job)) {
		call->job->state_tensors += (size_t)more;
		call->session->state_tensors += (size_t)more;
		more = 0;
	}
	left.tensors = more > 0 ? (size_t)more : 0;
	if (left.passes > 0 || left.streams > 0 || left.tensors > 0) {
		log_write(LOG_LEVEL_DETAIL,
				"[%s] the plugin did not release %zu tensors, %zu passes "
				"and %zu random streams",
				call->plan->name, left.tensors, left.passes,
				left.streams);
	}
	if (left.networks > 0) {
		log_write(LOG_LEVEL_DETAIL,
				"[%s] the plugin did not release %zu networks",
				call->plan->name, left.networks);
	}
	sum->tensors += left.tensors;
	sum->passes += left.passes;
	sum->streams += left.streams;
	sum->networks += left.networks;
	if (call->outer == NULL) {
		batch_pass_finish(call->job);
	}
}

/** Number of tensors that the host itself keeps, which a call may increase */
static size_t kept_tensors(const struct session *session)
{
	size_t kept = session->shared_count + batch_pass_tensors(session)
			+ pending_tensors(session) + session->state_tensors
			+ rule_cache_tensors(session->rules);

	for (size_t n = 0; session->batch != NULL && n < session->batch->count; n++) {
		kept += session->batch->items[n] != NULL
				&& session->batch->items[n] != session->batch->inputs;
	}
	return kept;
}

/**
 * Status of a call: a technique may fail without a message, or return success after
 * misuse.
 */
static cnnviz_status find_outcome(const struct cnnviz_job *call, cnnviz_status status,
		struct error *error)
{
	const struct job_fault *fault = call->fault;

	if (status == CNNVIZ_OK && fault->misused) {
		status = fault->error.status;
	}
	if (status == CNNVIZ_OK) {
		return starts_report(call, error);
	}
	/* A technique that stops because of canceled() needs no message. */
	if (status == CNNVIZ_ERROR_CANCELED && interrupt_requested()
			&& fault->error.status == CNNVIZ_OK) {
		return error_set(error, status, "interrupted");
	}
	if (fault->error.status == CNNVIZ_OK) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique failed without saying why (status %ld)",
				(long)status);
	}
	*error = fault->error;
	return error->status;
}

static const char *const style_names[] = { "", "gradient", "saliency", "CAM", "",
	"signed" };

static bool is_signed(uint32_t style)
{
	return style == CNNVIZ_MAP_GRADIENT || style == CNNVIZ_MAP_SIGNED;
}

static bool has_own_size(uint32_t style)
{
	return style == CNNVIZ_MAP_CAM || style == CNNVIZ_MAP_SIGNED;
}

/** Whether a job's maps are those of a layer that its parameters, or its base's, name */
static bool is_at_layer(const struct plan_job *job)
{
	const cnnviz_technique *technique = &job->plugin->technique;

	if (technique->map_style == CNNVIZ_MAP_LIKE_JOB) {
		return is_at_layer(job->needs[0]);
	}
	for (uint32_t i = 0; i < technique->parameter_count; i++) {
		if (job->plugin->parameters[i].type == CNNVIZ_PARAMETER_LAYER
				&& job->values[i].set
				&& job->values[i].integer != CNNVIZ_LAYER_INPUT) {
			return true;
		}
	}
	return false;
}

/** Whether maps (N,C,h,w) of so many inputs may have any C that their style allows, and size */
static bool fits_layer(uint32_t style, const cnnviz_batch *batch,
		const cnnviz_tensor *maps)
{
	return maps != NULL && tensor_rank(maps) == 4
			&& tensor_shape(maps)[0] == batch->count
			&& (is_signed(style) || tensor_shape(maps)[1] == 1);
}

static cnnviz_status check_shape(const struct plan_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *maps, struct error *error)
{
	uint32_t style = job->map_style;
	const int64_t *input = tensor_shape(batch->inputs);
	const int64_t *shape = maps != NULL ? tensor_shape(maps) : NULL;
	bool right = shape != NULL && tensor_rank(maps) == 4 && shape[0] == batch->count
			&& (shape[1] == 1
					|| (is_signed(style)
							&& (shape[1] == 3
									|| shape[1] == input[1])))
			&& (has_own_size(style)
					|| (shape[2] == input[2]
							&& shape[3] == input[3]));
	char got[96];

	if (right || (is_at_layer(job) && fits_layer(style, batch, maps))) {
		return CNNVIZ_OK;
	}
	return error_set(error, CNNVIZ_ERROR_PLUGIN,
			"the technique returned %s%s; maps of its style (%s) must be "
			"(%lu,%s,%s)",
			maps != NULL ? "maps of shape " : "no maps",
			maps != NULL ? tensor_shape_text(tensor_rank(maps), shape, got,
					sizeof(got))
				     : "",
			style_names[style], (unsigned long)batch->count,
			is_signed(style) ? "3 or 1" : "1",
			has_own_size(style) ? "h,w" : "H,W of the input");
}

static cnnviz_status check_values(uint32_t style, const cnnviz_tensor *maps,
		struct error *error)
{
	const float *data = tensor_data(maps);
	int64_t count = tensor_count(maps);

	/* Gradients have as many values as pictures, so they are not looked at one by one. */
	if (is_signed(style) && tensor_is_finite(maps)) {
		return CNNVIZ_OK;
	}
	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(data[i])) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"the technique returned a map with a value that "
					"is not finite (%g)",
					(double)data[i]);
		}
		if (data[i] < 0 && !is_signed(style)) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"the technique returned a map with a negative "
					"value (%g), which its style (%s) excludes",
					(double)data[i], style_names[style]);
		}
	}
	return CNNVIZ_OK;
}

/* ---- The calls ----------------------------------------------------------- */

/**
 * A call of a job's technique that is about to begin, with the network that the technique
 * uses which asks for its maps
 */
static struct cnnviz_job describe_call(struct job *job, struct job_fault *fault)
{
	const struct cnnviz_job *outer = job->session->call;

	return (struct cnnviz_job){
		.job = job,
		.session = job->session,
		.plan = job->plan,
		.fault = fault,
		.network = outer != NULL ? network_ref(outer->network) : NULL,
	};
}

/* ---- Before the first map -------------------------------------------------------- */

/** A function of a technique that gives no results */
typedef cnnviz_status preparing_call(const cnnviz_technique *technique,
		struct cnnviz_job *call);

static cnnviz_status do_create(const cnnviz_technique *technique, struct cnnviz_job *call)
{
	return technique->create(call->session->host, call, &call->job->data);
}

static cnnviz_status do_prepare(const cnnviz_technique *technique,
		struct cnnviz_job *call)
{
	return technique->prepare(call->session->host, call, call->batch);
}

static cnnviz_status do_prepared(const cnnviz_technique *technique,
		struct cnnviz_job *call)
{
	return technique->prepared(call->session->host, call);
}

static cnnviz_status call_preparing(struct job *job, preparing_call *function,
		const cnnviz_batch *batch, const size_t *pictures, struct error *error)
{
	struct session *session = job->session;
	struct job_fault fault = { 0 };
	struct cnnviz_job call = describe_call(job, &fault);
	size_t before = tensor_live_count() - kept_tensors(session);

	call.batch = batch;
	call.pictures = pictures;
	call.preparing = true;
	call_enter(&call);
	cnnviz_status status = function(&job->plan->plugin->technique, &call);
	call_leave(&call);
	status = find_outcome(&call, status, error);
	finish(&call, before, kept_tensors(session));
	return status;
}

cnnviz_status job_create(struct job *job, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (job->state == JOB_BROKEN) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN, "%s", job->broken);
	}
	if (job->state == JOB_NEW && job_has_state(job)) {
		status = call_preparing(job, do_create, NULL, NULL, error);
	}
	if (status != CNNVIZ_OK) {
		job->state = JOB_BROKEN;
		job->broken = memory_text(error->text);
		job->data = NULL;
		return status;
	}
	job->state = JOB_CREATED;
	return CNNVIZ_OK;
}

cnnviz_status call_prepare(struct job *job, const cnnviz_batch *batch,
		const size_t *pictures, struct error *error)
{
	cnnviz_status status = job_create(job, error);

	return status != CNNVIZ_OK
			? status
			: call_preparing(job, do_prepare, batch, pictures, error);
}

cnnviz_status call_prepared(struct job *job, struct error *error)
{
	cnnviz_status status = job_create(job, error);

	return status != CNNVIZ_OK || job->plan->plugin->technique.prepared == NULL
			? status
			: call_preparing(job, do_prepared, NULL, NULL, error);
}

/* ---- Results --------------------------------------------------------------------- */

cnnviz_status call_attribute(struct job *job, const cnnviz_batch *batch,
		const size_t *pictures, bool nested, cnnviz_tensor **maps,
		struct error *error)
{
	if (job_create(job, error) != CNNVIZ_OK) {
		return error->status;
	}
	struct session *session = job->session;
	struct job_fault fault = { 0 };
	struct cnnviz_job call = describe_call(job, &fault);
	size_t before = tensor_live_count() - kept_tensors(session);
	cnnviz_tensor *result = NULL;

	call.batch = batch;
	call.pictures = pictures;
	call.nested = nested;
	if (job->busy) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique asks for its own maps");
	}
	call_enter(&call);
	cnnviz_status status = job->plan->plugin->technique.attribute(session->host,
			&call, batch, &result);
	call_leave(&call);
	guard_maps(&call, result);
	status = find_outcome(&call, status, error);
	if (status == CNNVIZ_OK) {
		status = check_shape(job->plan, batch, result, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_values(job->plan->map_style, result, error);
	}
	extras_settle(&call, status != CNNVIZ_OK);
	if (status != CNNVIZ_OK) {
		tensor_unref(result);
		result = NULL;
	}
	finish(&call, before, kept_tensors(session) + (result != NULL ? 1 : 0));
	if (result != NULL) {
		*maps = result;
	}
	return status;
}

cnnviz_status call_run(struct job *job, const cnnviz_batch *batch, const size_t *pictures,
		struct error *error)
{
	if (job_create(job, error) != CNNVIZ_OK) {
		return error->status;
	}
	struct session *session = job->session;
	struct job_fault fault = { 0 };
	struct cnnviz_job call = describe_call(job, &fault);
	size_t before = tensor_live_count() - kept_tensors(session);

	call.batch = batch;
	call.pictures = pictures;
	call_enter(&call);
	cnnviz_status status = job->plan->plugin->technique.run(session->host, &call,
			batch);
	call_leave(&call);
	status = find_outcome(&call, status, error);
	status = animations_finish(&call, status, error);
	finish(&call, before, kept_tensors(session));
	return status;
}

cnnviz_status call_check(struct job *job, struct error *error)
{
	struct session *session = job->session;
	enum run_phase phase = session->phase;
	struct job_fault fault = { 0 };
	struct cnnviz_job call = describe_call(job, &fault);
	size_t before = tensor_live_count() - kept_tensors(session);

	call.nested = true; /* its progress is not shown */
	if (job->plan->plugin->technique.check == NULL) {
		return CNNVIZ_OK;
	}
	session->phase = PHASE_CHECK;
	guard_enter(&call);
	cnnviz_status status = job->plan->plugin->technique.check(session->host, &call);
	guard_leave(&call);
	status = find_outcome(&call, status, error);
	finish(&call, before, kept_tensors(session));
	session->phase = phase;
	return status;
}

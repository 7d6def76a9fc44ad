/**
 * \file    host/call.c
 * \brief   Calling techniques, and judging what comes back
 */
#include <math.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/session.h"

/* ---- Calling a technique ------------------------------------------------- */

void job_hold(struct cnnviz_job *job, cnnviz_tensor *tensor)
{
	job->held = memory_resize(job->held, job->held_count + 1,
			sizeof(cnnviz_tensor *));
	job->held[job->held_count++] = tensor;
}

/** From here on the technique is at work. */
static void job_enter(struct cnnviz_job *job)
{
	const struct session_listener *listener = &job->session->listener;

	job->outer = job->session->call;
	job->session->call = job;
	if (listener->entered != NULL) {
		listener->entered(listener->context, job);
	}
}

static void job_leave(struct cnnviz_job *job)
{
	const struct session_listener *listener = &job->session->listener;

	job->session->call = job->outer;
	if (listener->left != NULL) {
		listener->left(listener->context, job);
	}
}

/** Give up what a technique forgot to give up. */
static void job_finish(struct cnnviz_job *job, size_t tensors_before, size_t tensors_kept)
{
	struct leftovers left = { 0 };

	while (job->passes != NULL) {
		pass_services.unref(job->passes);
		left.passes++;
	}
	while (job->randoms != NULL) {
		host_services.random->unref(job->randoms);
		left.streams++;
	}
	tensor_unref(job->borrowed);
	job->borrowed = NULL;
	while (job->held_count > 0) {
		tensor_unref(job->held[--job->held_count]);
	}
	free(job->held);
	job->held = NULL;
	job->session->busy[job->index] = false;
	if (tensor_live_count() > tensors_before + tensors_kept) {
		left.tensors = tensor_live_count() - tensors_before - tensors_kept;
	}
	if (left.passes > 0 || left.streams > 0 || left.tensors > 0) {
		log_write(LOG_LEVEL_DETAIL,
				"[%s] the plugin did not give up %zu tensors, "
				"%zu passes and %zu random streams",
				job->plan->name, left.tensors, left.passes, left.streams);
	}
	job->session->leftovers.tensors += left.tensors;
	job->session->leftovers.passes += left.passes;
	job->session->leftovers.streams += left.streams;
}

/** Tensors that the host itself keeps and that a call may add to */
static size_t kept_tensors(const struct session *session)
{
	size_t kept = session->shared_count;

	for (size_t n = 0; session->batch != NULL && n < session->batch->count; n++) {
		kept += session->batch->items[n] != NULL
				&& session->batch->items[n] != session->batch->inputs;
	}
	return kept;
}

/** Outcome of a call: a technique may fail without saying why, or succeed wrongly. */
static cnnviz_status job_outcome(const struct cnnviz_job *job, cnnviz_status status,
		struct error *error)
{
	const struct job_fault *fault = job->fault;

	if (status == CNNVIZ_OK && fault->misused) {
		status = fault->error.status;
	}
	if (status == CNNVIZ_OK) {
		return status;
	}
	/* A technique that asked canceled() itself needs no sentence. */
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

static const char *const style_names[] = { "", "gradient", "saliency", "CAM" };

static cnnviz_status check_shape(uint32_t style, const cnnviz_batch *batch,
		const cnnviz_tensor *maps, struct error *error)
{
	const int64_t *input = tensor_shape(batch->inputs);
	const int64_t *shape = maps != NULL ? tensor_shape(maps) : NULL;
	bool right = shape != NULL && tensor_rank(maps) == 4 && shape[0] == batch->count
			&& (shape[1] == 1
					|| (style == CNNVIZ_MAP_GRADIENT
							&& shape[1] == 3))
			&& (style == CNNVIZ_MAP_CAM
					|| (shape[2] == input[2]
							&& shape[3] == input[3]));
	char got[96];

	if (right) {
		return CNNVIZ_OK;
	}
	return error_set(error, CNNVIZ_ERROR_PLUGIN,
			"the technique gave %s%s; maps of its kind (%s) must be "
			"(%lu,%s,%s)",
			maps != NULL ? "maps of shape " : "no maps",
			maps != NULL ? tensor_shape_text(tensor_rank(maps), shape, got,
					sizeof(got))
				     : "",
			style_names[style], (unsigned long)batch->count,
			style == CNNVIZ_MAP_GRADIENT ? "3 or 1" : "1",
			style == CNNVIZ_MAP_CAM ? "h,w" : "H,W of the input");
}

static cnnviz_status check_values(uint32_t style, const cnnviz_tensor *maps,
		struct error *error)
{
	const float *data = tensor_data(maps);
	int64_t count = tensor_count(maps);

	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(data[i])) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"the technique gave a map with a value that is "
					"not "
					"finite (%g)",
					(double)data[i]);
		}
		if (data[i] < 0 && style != CNNVIZ_MAP_GRADIENT) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"the technique gave a map with a value below 0 "
					"(%g), "
					"which its kind (%s) excludes",
					(double)data[i], style_names[style]);
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status job_attribute(struct session *session, size_t index,
		const cnnviz_batch *batch, const size_t *pictures, bool nested,
		cnnviz_tensor **maps, struct error *error)
{
	const struct plan_job *plan = &session->plan->jobs[index];
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = session,
		.index = index,
		.plan = plan,
		.batch = batch,
		.pictures = pictures,
		.nested = nested,
		.fault = &fault,
	};
	size_t before = tensor_live_count() - kept_tensors(session);
	cnnviz_tensor *result = NULL;

	if (session->busy[index]) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique asks for its own maps");
	}
	session->busy[index] = true;
	job_enter(&job);
	cnnviz_status status = plan->plugin->technique.attribute(session_host(session),
			&job, batch, &result);
	job_leave(&job);
	status = job_outcome(&job, status, error);
	if (status == CNNVIZ_OK) {
		status = check_shape(plan->map_style, batch, result, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_values(plan->map_style, result, error);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(result);
		result = NULL;
	}
	job_finish(&job, before, kept_tensors(session) + (result != NULL ? 1 : 0));
	if (result != NULL) {
		*maps = result;
	}
	return status;
}

cnnviz_status job_run(struct session *session, size_t index, const cnnviz_batch *batch,
		const size_t *pictures, struct error *error)
{
	const struct plan_job *plan = &session->plan->jobs[index];
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = session,
		.index = index,
		.plan = plan,
		.batch = batch,
		.pictures = pictures,
		.fault = &fault,
	};
	size_t before = tensor_live_count() - kept_tensors(session);

	session->busy[index] = true;
	job_enter(&job);
	cnnviz_status status = plan->plugin->technique.run(session_host(session), &job,
			batch);
	job_leave(&job);
	status = job_outcome(&job, status, error);
	status = animations_finish(&job, status, error);
	job_finish(&job, before, kept_tensors(session));
	return status;
}

cnnviz_status job_check(struct session *session, size_t index, struct error *error)
{
	const struct plan_job *plan = &session->plan->jobs[index];
	enum run_phase phase = session->phase;
	struct job_fault fault = { 0 };
	/* Nested, since nobody follows its progress */
	struct cnnviz_job job = {
		.session = session,
		.index = index,
		.plan = plan,
		.nested = true,
		.fault = &fault,
	};
	size_t before = tensor_live_count() - kept_tensors(session);

	if (plan->plugin->technique.check == NULL) {
		return CNNVIZ_OK;
	}
	session->phase = PHASE_CHECK;
	cnnviz_status status = plan->plugin->technique.check(session_host(session), &job);
	status = job_outcome(&job, status, error);
	job_finish(&job, before, kept_tensors(session));
	session->phase = phase;
	return status;
}

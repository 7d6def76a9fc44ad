/**
 * \file    run/job_batch.c
 * \brief   One job on the current batch of pictures
 */
#include "run/job_batch.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "host/call.h"
#include "host/drawing.h"
#include "host/maps.h"

/* ---- Dependencies -------------------------------------------------------------- */

bool job_is_blocked(const struct job *job, struct error *error)
{
	for (size_t i = 0; i < job->plan->need_count; i++) {
		const struct job *need = session_job(job->session, job->plan->needs[i]);

		if (need->record->status == RECORD_FAILED) {
			error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"not possible because job [%s] failed",
					need->plan->name);
			return true;
		}
	}
	return false;
}

/** Whether one that a job needs has failed on item n of the batch; error says which. */
static bool is_blocked_on(const struct job *job, size_t n, struct error *error)
{
	const struct session *session = job->session;

	for (size_t i = 0; i < job->plan->need_count; i++) {
		const struct plan_job *need = job->plan->needs[i];

		if (record_failure(session->record, need, session->batch->pictures[n])
				!= NULL) {
			error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"not possible because job [%s] failed on it",
					need->name);
			return true;
		}
	}
	return false;
}

/** Whether the job could not be prepared with item n of the batch */
static bool has_failed_on(const struct job *job, size_t n)
{
	const struct session *session = job->session;

	return record_failure(session->record, job->plan, session->batch->pictures[n])
			!= NULL;
}

static bool is_blocked_on_any(const struct job *job)
{
	struct error error;
	size_t n = 0;

	while (n < job->session->batch->count && !has_failed_on(job, n)
			&& !is_blocked_on(job, n, &error)) {
		n++;
	}
	return n < job->session->batch->count;
}

/* ---- One picture --------------------------------------------------------------- */

/** Record how a job ended on a picture. */
static void end_picture(struct job *job, size_t picture, const struct error *error)
{
	const struct session *session = job->session;

	if (error->status == CNNVIZ_OK) {
		record_done(session->record, job->record, picture);
	} else if (!interrupt_requested()) {
		/* An interrupted technique may report the interruption as a different
		 * error. */
		job_failed_on(job, picture, error);
	}
	progress_results(session->progress, 1);
}

static cnnviz_status run_alone(struct job *job, size_t n, int64_t target,
		struct error *error)
{
	struct batch *pictures = job->session->batch;
	cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.inputs = batch_item(pictures, n),
		.targets = &target,
		.streams = &pictures->streams[n],
	};

	return batch.inputs == NULL
			? error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory")
			: call_run(job, &batch, &pictures->pictures[n], error);
}

static bool is_attribution(const struct job *job)
{
	return job->plan->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION;
}

/** Do item n of the batch by itself. */
static void do_picture(struct job *job, size_t n, int64_t target)
{
	const struct batch *batch = job->session->batch;
	const cnnviz_tensor *maps = NULL;
	struct error error = { 0 };

	progress_job(job->session->progress, job->plan->name, 1);
	if (has_failed_on(job, n)) {
		progress_results(job->session->progress, 1);
	} else if (is_blocked_on(job, n, &error)) {
		end_picture(job, batch->pictures[n], &error);
	} else if (!is_attribution(job)) {
		error.status = run_alone(job, n, target, &error);
		end_picture(job, batch->pictures[n], &error);
	} else {
		error.status = maps_get(job, n, 1, &target, &maps, &error);
		if (error.status == CNNVIZ_OK) {
			map_write(job, maps, 0, n, target, end_picture);
		} else {
			end_picture(job, batch->pictures[n], &error);
		}
	}
}

/** Whether item n leaves the run going. Otherwise nothing need be known of it yet. */
static bool goes_on(const struct job *job, size_t n)
{
	const struct session *session = job->session;

	return !session->fail_fast
			|| record_failure(session->record, job->plan,
					   session->batch->pictures[n])
			== NULL;
}

/* ---- A batch ------------------------------------------------------------------- */

/**
 * The maps of the whole batch; NULL if there is none because of one picture, or of its
 * size
 */
static const cnnviz_tensor *attribute_together(struct job *job, const int64_t *targets)
{
	size_t count = job->session->batch->count;
	const cnnviz_tensor *maps = NULL;
	struct error error = { 0 };

	if (count == 1 || is_blocked_on_any(job)) {
		return NULL;
	}
	if (maps_get(job, 0, count, targets, &maps, &error) != CNNVIZ_OK
			&& !interrupt_requested()) {
		char *who = memory_format("[%s]", job->plan->name);

		session_tell_apart(job->session, who, &error);
		free(who);
	}
	return maps;
}

static bool run_on_pictures(struct job *job, const int64_t *targets)
{
	struct session *session = job->session;
	size_t count = session->batch->count;
	const cnnviz_tensor *maps = NULL;
	bool going = true;

	if (is_attribution(job)) {
		progress_job(session->progress, job->plan->name, job_wanted_now(job));
		maps = attribute_together(job, targets);
	}
	for (size_t n = 0; n < count && going && !interrupt_requested(); n++) {
		if (!session_wants(session, job->plan, session->batch->pictures[n])) {
			continue;
		}
		if (maps != NULL) {
			map_write(job, maps, n, n, targets[n], end_picture);
		} else {
			do_picture(job, n, targets[n]);
		}
		going = goes_on(job, n);
	}
	return going;
}

/* ---- Without pictures ---------------------------------------------------------- */

static cnnviz_status run_once(struct job *job, struct error *error)
{
	struct session *session = job->session;

	progress_job(session->progress, job->plan->name, 1);
	cnnviz_status status = call_run(job, NULL, NULL, error);
	progress_results(session->progress, 1);
	if (status == CNNVIZ_OK) {
		record_done(session->record, job->record, RECORD_NO_PICTURE);
	}
	return status;
}

bool job_run(struct job *job)
{
	const struct session *session = job->session;
	struct error error = { 0 };

	if (job_is_blocked(job, &error) || job_create(job, &error) != CNNVIZ_OK) {
		progress_results(session->progress, job_wanted_now(job));
	} else if (!job_is_once(job->plan)) {
		int64_t *targets = job_targets(job);
		bool going = run_on_pictures(job, targets);

		free(targets);
		return going;
	} else if (run_once(job, &error) == CNNVIZ_OK || interrupt_requested()) {
		return true;
	}
	job_failed(job, &error);
	return !session->fail_fast;
}

/**
 * \file    run/schedule.c
 * \brief   The work of a run: a loop over batches of pictures, and within it over jobs
 *
 * So only one batch's maps are in memory at a time, and each job can use those of
 * earlier jobs.
 */
#include "run/schedule.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/artifact_files.h"
#include "host/call.h"
#include "host/drawing.h"
#include "host/maps.h"
#include "host/regions.h"

/* ---- Messages ---------------------------------------------------------------- */

static void picture_failed(struct session *session, size_t index,
		const struct error *error)
{
	struct record_picture *picture = &session->record->pictures[index];

	if (picture->failure == NULL) {
		picture->failure = memory_text(error->text);
	}
	log_write(LOG_LEVEL_ERROR, "%s: [input] images: %s", session->plan->ini->path,
			error->text);
}

/** Pictures that are only prepared are not finished. */
static void pictures_finished(struct session *session, size_t count)
{
	if (session->phase != PHASE_PICTURES) {
		progress_pictures(session->progress, count);
	}
}

/* ---- One job on one batch ------------------------------------------------------ */

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

static cnnviz_status attribute_batch(struct job *job, const int64_t *targets,
		struct error *error)
{
	size_t count = job->session->batch->count;
	const cnnviz_tensor *maps = NULL;

	progress_job(job->session->progress, job->plan->name, count);
	cnnviz_status status = maps_get(job, 0, count, targets, &maps, error);
	if (status == CNNVIZ_OK) {
		status = maps_write(job, maps, targets, error);
	}
	progress_results(job->session->progress, count);
	return status;
}

static cnnviz_status run_pictures(struct job *job, const int64_t *targets,
		struct error *error)
{
	struct session *session = job->session;
	struct batch *pictures = session->batch;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < pictures->count && status == CNNVIZ_OK; n++) {
		cnnviz_batch batch = {
			.struct_size = sizeof(batch),
			.count = 1,
			.inputs = batch_item(pictures, n),
			.targets = &targets[n],
			.streams = &pictures->streams[n],
		};

		if (batch.inputs == NULL) {
			return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
		}
		progress_job(session->progress, job->plan->name, 1);
		status = call_run(job, &batch, &pictures->pictures[n], error);
		if (status == CNNVIZ_OK) {
			record_done(session->record, job->record);
			progress_results(session->progress, 1);
		}
	}
	return status;
}

static cnnviz_status run_once(struct job *job, struct error *error)
{
	struct session *session = job->session;

	progress_job(session->progress, job->plan->name, 1);
	cnnviz_status status = call_run(job, NULL, NULL, error);
	progress_results(session->progress, 1);
	if (status == CNNVIZ_OK) {
		record_done(session->record, job->record);
	}
	return status;
}

/** Number of results of a job for the current batch, or without one */
static size_t result_count(const struct session *session)
{
	return session->batch != NULL ? session->batch->count : 1;
}

static cnnviz_status run_job(struct job *job, struct error *error)
{
	if (job_is_blocked(job, error)) {
		progress_results(job->session->progress, result_count(job->session));
		return error->status;
	}
	if (job_is_once(job->plan)) {
		return run_once(job, error);
	}
	int64_t *targets = job_targets(job);
	cnnviz_status status = job->plan->plugin->technique.kind
					== CNNVIZ_KIND_ATTRIBUTION
			? attribute_batch(job, targets, error)
			: run_pictures(job, targets, error);
	free(targets);
	return status;
}

static bool is_due(const struct job *job)
{
	const struct session *session = job->session;

	return job_is_once(job->plan) == (session->batch == NULL)
			&& (session->phase == PHASE_WHOLE ? job->plan->selected
							  : session->phase == PHASE_JOB
									&& job == session->job);
}

/**
 * Run the jobs of the current batch, or without one those that run once; false stops
 * the run
 */
static bool run_jobs(struct session *session)
{
	for (size_t i = 0; i < session->plan->job_count; i++) {
		struct job *job = &session->jobs[i];
		struct error error = { 0 };

		if (!is_due(job)) {
			continue;
		}
		if (job->record->status == RECORD_FAILED) {
			progress_results(session->progress, result_count(session));
			continue;
		}
		if (interrupt_requested()) {
			return false;
		}
		/* An interrupted technique may report the interruption as a different
		 * error. */
		if (run_job(job, &error) != CNNVIZ_OK && !interrupt_requested()) {
			job_failed(job, &error);
			if (session->fail_fast) {
				return false;
			}
		}
	}
	return !interrupt_requested();
}

/* ---- One batch ----------------------------------------------------------------- */

static cnnviz_status record_classes(struct session *session, const cnnviz_tensor *logits,
		size_t n, struct error *error)
{
	const struct batch *batch = session->batch;
	struct record_picture *picture = &session->record->pictures[batch->pictures[n]];
	size_t classes = (size_t)session->plan->model->class_count;
	unsigned char *inside = NULL;

	picture->top_count = classes < RECORD_TOP ? classes : RECORD_TOP;
	logits_rank(logits, n, picture->top_count, picture->top);
	if (picture->target == PLAN_TARGET_PREDICTED) {
		picture->target = picture->top[0].index;
	}
	cnnviz_status status = session_region(session, n, picture->target, &inside,
			error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct classification target = logits_class(logits, n, picture->target, inside);
	picture->target_logit = target.logit;
	picture->target_probability = target.probability;
	picture->width = batch->images[n]->width;
	picture->height = batch->images[n]->height;
	picture->done = true;
	free(inside);
	return CNNVIZ_OK;
}

static cnnviz_status record_batch_classes(struct session *session,
		const cnnviz_tensor *logits, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (logits_are_dense(logits)) {
		batch_keep_labels(session->batch, logits);
	}
	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		status = record_classes(session, logits, n, error);
	}
	return status;
}

/** Prepare what every job needs: the classes, and the network's view for the gallery */
static cnnviz_status prepare_batch(struct session *session, struct error *error)
{
	cnnviz_tensor *logits = NULL;
	cnnviz_status status = batch_logits(session->engine, session->network,
			session->plan->model->graph, session->batch, &logits, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = record_batch_classes(session, logits, error);
	tensor_unref(logits);
	return status != CNNVIZ_OK ? status : artifact_keep_inputs(session, error);
}

/** Whether an earlier phase has prepared the whole current batch */
static bool is_prepared(const struct session *session)
{
	for (size_t n = 0; n < session->batch->count; n++) {
		const struct record_picture *picture =
				&session->record->pictures[session->batch->pictures[n]];

		if (!picture->done || picture->failure != NULL) {
			return false;
		}
	}
	return true;
}

static bool run_batch(struct session *session)
{
	const struct batch *batch = session->batch;
	struct error error = { 0 };
	cnnviz_status status;

	if (session->phase == PHASE_JOB) {
		return !is_prepared(session) || run_jobs(session);
	}
	status = prepare_batch(session, &error);
	if (status != CNNVIZ_OK && !interrupt_requested()) {
		for (size_t n = 0; n < batch->count; n++) {
			picture_failed(session, batch->pictures[n], &error);
		}
		return !session->fail_fast;
	}
	return status == CNNVIZ_OK && run_jobs(session);
}

/** Skip a picture that cannot be read; false stops the run. */
static bool skip_picture(struct session *session, size_t picture,
		const struct error *error)
{
	if (session->phase != PHASE_JOB) {
		picture_failed(session, picture, error);
		pictures_finished(session, 1);
		return !session->fail_fast;
	}
	pictures_finished(session, 1);
	/* It had been prepared, or has already failed then. */
	if (session->record->pictures[picture].done) {
		job_failed(session->job, error);
		return false;
	}
	return true;
}

/** Run every batch of pictures; false stops the run */
static bool run_batches(struct session *session)
{
	struct batch_reader *reader = batch_reader_create(session->plan);
	bool going = true;

	while (going && !interrupt_requested()) {
		struct error error = { 0 };
		size_t failed = 0;
		cnnviz_status status = batch_read(reader, &session->batch, &failed,
				&error);

		if (status != CNNVIZ_OK) {
			going = skip_picture(session, failed, &error);
			continue;
		}
		if (session->batch == NULL) {
			break;
		}
		going = run_batch(session);
		if (going) {
			pictures_finished(session, session->batch->count);
		}
		maps_clear(session);
		batch_free(session->batch);
		session->batch = NULL;
		if (session->phase == PHASE_JOB) {
			going = going && session->job->record->status != RECORD_FAILED;
		}
	}
	batch_reader_free(reader);
	return going && !interrupt_requested();
}

bool session_work(struct session *session)
{
	if (session->phase == PHASE_JOB && job_is_once(session->job->plan)) {
		return run_jobs(session);
	}
	return run_batches(session) && run_jobs(session);
}

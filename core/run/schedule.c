/**
 * \file    run/schedule.c
 * \brief   The work of a run: a loop over batches of pictures, and within it over jobs
 *
 * So only one batch's maps are in memory at a time, and each job can use those of
 * earlier jobs.
 */
#include "run/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path_digest.h"
#include "base/tensor.h"
#include "graph/detections.h"
#include "host/artifact_files.h"
#include "host/batch_pass.h"
#include "host/batch_reader.h"
#include "host/maps.h"
#include "host/pending.h"
#include "host/prepare.h"
#include "host/regions.h"
#include "run/digesting.h"
#include "run/job_batch.h"

/* ---- Messages ---------------------------------------------------------------- */

static void picture_failed(struct session *session, size_t index,
		const struct error *error)
{
	struct record_picture *picture = &session->record->pictures[index];

	if (picture->failure == NULL) {
		picture->failure = memory_text(error->text);
	}
	if (session->journal != NULL && picture->digest[0] == '\0') {
		path_digest(session->plan->pictures[index].path, picture->digest);
	}
	record_seen(session->record, index);
	/* The shard that is to use the picture fails by it. */
	log_write(session->plan->pictures[index].elsewhere ? LOG_LEVEL_DETAIL
							   : LOG_LEVEL_ERROR,
			"%s: [input] images: %s", session->plan->ini->path, error->text);
}

/** Count pictures that went by; those that are only prepared do not count yet. */
static void pictures_finished(struct session *session, size_t count, size_t done)
{
	if (session->phase != PHASE_PICTURES && session->preparing == 0) {
		progress_pictures(session->progress, count, done);
	}
}

/* ---- Jobs --------------------------------------------------------------------- */

static bool is_due(const struct job *job)
{
	const struct session *session = job->session;

	return job_is_once(job->plan) == (session->batch == NULL)
			&& (session->phase == PHASE_WHOLE ? job->plan->selected
							  : session->phase == PHASE_JOB
									&& job == session->job)
			&& job_wanted_now(job) > 0;
}

/**
 * Run the jobs of the current batch, or without one those that run once; false stops
 * the run
 */
static bool run_jobs(struct session *session)
{
	for (size_t i = 0; i < session->plan->job_count; i++) {
		struct job *job = &session->jobs[i];

		if (!is_due(job)) {
			continue;
		}
		if (job->record->status == RECORD_FAILED) {
			progress_results(session->progress, job_wanted_now(job));
			continue;
		}
		digesting_look(session);
		if (interrupt_requested() || !job_run(job)) {
			return false;
		}
		batch_pass_finish(job);
	}
	return !interrupt_requested();
}

/* ---- One batch ----------------------------------------------------------------- */

static cnnviz_status record_classes(struct session *session, const cnnviz_tensor *logits,
		size_t n, struct error *error)
{
	const struct batch *batch = session->batch;
	struct record_picture *picture = &session->record->pictures[batch->pictures[n]];
	cnnviz_status status = batch_check_logits(session->plan, batch, logits, n, error);

	if (status != CNNVIZ_OK || picture->adopted) {
		return status;
	}
	if (batch->digests != NULL) {
		memcpy(picture->digest, batch->digests[n], sizeof(picture->digest));
	}
	const struct model *model = session->plan->model;
	const enum activation activation = model->graph->activation;
	size_t outcomes = (size_t)logits_outcomes(model->class_count,
			logits_are_dense(logits));
	unsigned char *inside = NULL;

	free(picture->top); /* of an attempt with more pictures at once */
	picture->top_count = outcomes < RECORD_TOP ? outcomes : RECORD_TOP;
	picture->top = memory_new(picture->top_count, sizeof(*picture->top));
	if (batch->boxes != NULL) {
		const struct detections detections = { logits, batch->boxes, activation };

		detections_rank(&detections, n, picture->top_count, picture->top);
	} else {
		logits_rank(logits, n, activation, picture->top_count, picture->top);
	}
	if (picture->target == PLAN_TARGET_PREDICTED) {
		picture->target = picture->top[0].index;
	}
	status = session_region(session, n, picture->target, &inside, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct classification target = logits_class(logits, n, picture->target,
			activation, inside);
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

	if (logits_are_dense(logits) && session->batch->boxes == NULL) {
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
	cnnviz_status status = batch_pass_logits(session, &logits, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = record_batch_classes(session, logits, error);
	tensor_unref(logits);
	if (status == CNNVIZ_OK) {
		status = artifact_keep_inputs(session, error);
	}
	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		size_t picture = session->batch->pictures[n];

		if (session_wants_picture(session, picture)) {
			record_seen(session->record, picture);
		}
	}
	return status;
}

/** Skip a picture that cannot be used; false stops the run. */
static bool skip_picture(struct session *session, size_t picture,
		const struct error *error)
{
	if (session->phase != PHASE_JOB) {
		if (session->record->pictures[picture].failure == NULL) {
			picture_failed(session, picture, error);
		}
		pictures_finished(session, 1, 0);
		return !session->fail_fast;
	}
	pictures_finished(session, 1, 0);
	/* It had been prepared, or has already failed then. */
	if (session->record->pictures[picture].done) {
		job_failed_on(session->job, picture, error);
		return !session->fail_fast;
	}
	return true;
}

/** Prepare one pass for all jobs of the current batch. */
static void expect_jobs(struct session *session)
{
	if (session->preparing > 0) {
		prepare_expect(session, session->preparing);
		return;
	}
	for (size_t i = 0; i < session->plan->job_count; i++) {
		const struct job *job = &session->jobs[i];

		if (is_due(job) && job->record->status != RECORD_FAILED) {
			batch_pass_expect(job);
		}
	}
}

/** Number of pictures in the current batch that an earlier phase has prepared */
static size_t count_prepared(const struct session *session)
{
	size_t count = 0;

	for (size_t n = 0; n < session->batch->count; n++) {
		const struct record_picture *picture =
				&session->record->pictures[session->batch->pictures[n]];

		count += picture->done && picture->failure == NULL;
	}
	return count;
}

/** What is to be done with the current batch */
enum batch_state {
	BATCH_READY,  /* its jobs can run */
	BATCH_FAILED, /* no job can run */
	BATCH_MIXED,  /* some of its pictures failed: each goes by itself */
};

static enum batch_state make_ready(struct session *session)
{
	const struct batch *batch = session->batch;
	struct error error = { 0 };

	expect_jobs(session);
	if (session->phase == PHASE_JOB || session->surveyed) {
		size_t prepared = count_prepared(session);

		return prepared == batch->count ? BATCH_READY
				: prepared == 0 ? BATCH_FAILED
						: BATCH_MIXED;
	}
	if (prepare_batch(session, &error) == CNNVIZ_OK) {
		return BATCH_READY;
	}
	if (interrupt_requested()) {
		return BATCH_FAILED;
	}
	if (batch->count > 1) {
		session_tell_apart(session, "the network", &error);
		return BATCH_MIXED;
	}
	picture_failed(session, batch->pictures[0], &error);
	return BATCH_FAILED;
}

/** Pictures that went by; counted when what became of them is known */
struct passed {
	struct pending pending;
	bool failed; /* no job could run on them */
	size_t count;
	size_t pictures[];
};

/** Whether a picture was used, and no job that is to be done here failed on it */
static bool is_done(const struct session *session, size_t picture)
{
	return session->phase == PHASE_JOB
			? record_failure(session->record, session->job->plan, picture)
					== NULL
			: record_picture_is_done(session->record, picture);
}

static void count_passed(struct session *session, struct pending *pending)
{
	const struct passed *passed = (const struct passed *)pending;
	size_t done = 0;

	for (size_t n = 0; n < passed->count && !passed->failed; n++) {
		done += is_done(session, passed->pictures[n]);
	}
	pictures_finished(session, passed->count, done);
	free(pending);
}

/** Count the current batch once its results are there. */
static void pass_by(struct session *session, bool failed)
{
	const struct batch *batch = session->batch;
	struct passed *passed = memory_new(1,
			sizeof(*passed) + batch->count * sizeof(*passed->pictures));

	passed->pending.end = count_passed;
	passed->failed = failed;
	passed->count = batch->count;
	memcpy(passed->pictures, batch->pictures,
			batch->count * sizeof(*passed->pictures));
	pending_add(session, &passed->pending);
}

/** Do the current batch; false stops the run. */
static bool run_batch(struct session *session, enum batch_state state)
{
	bool failed = state == BATCH_FAILED;
	bool going = failed ? session->phase == PHASE_JOB || !session->fail_fast
			: session->preparing > 0
			? prepare_with_batch(session, session->preparing)
			: run_jobs(session);

	/* Results that are there later must not count what was looked at before. */
	if (going && session->preparing == 0) {
		pass_by(session, failed);
	}
	batch_pass_end(session);
	maps_clear(session);
	return going;
}

/** Do the pictures of the current batch one by one; false stops the run. */
static bool run_apart(struct session *session)
{
	struct batch *whole = session->batch;
	bool going = true;

	batch_pass_end(session);
	for (size_t n = 0; n < whole->count && going && !interrupt_requested(); n++) {
		struct error error = { 0 };

		session->batch = batch_take(whole, n);
		if (session->batch == NULL) {
			error_set(&error, CNNVIZ_ERROR_MEMORY, "out of memory");
			going = skip_picture(session, whole->pictures[n], &error);
			continue;
		}
		going = run_batch(session, make_ready(session));
		batch_free(session->batch);
	}
	session->batch = whole;
	return going;
}

/** Whether a picture is read now: jobs that look at pictures before look at all */
static bool goes_by(const void *context, size_t picture)
{
	const struct session *session = context;

	if (session->preparing > 0) {
		return true;
	}
	if (session->phase == PHASE_JOB) {
		return session_wants(session, session->job->plan, picture);
	}
	return session->phase == PHASE_WHOLE ? session_uses_picture(session, picture)
					     : session_wants_picture(session, picture)
					|| (!session->record->pictures[picture].adopted
							&& prepare_is_wanted(session));
}

/** Run every batch of pictures; false stops the run */
static bool run_batches(struct session *session)
{
	const struct batch_choice choice = { goes_by, session,
		session->journal != NULL && session->phase != PHASE_JOB
				&& !session->surveyed };
	struct batch_reader *reader = batch_reader_create(session->plan, choice,
			session->pool);
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
		enum batch_state state = make_ready(session);

		going = state == BATCH_MIXED ? run_apart(session)
					     : run_batch(session, state);
		batch_free(session->batch);
		session->batch = NULL;
		digesting_look(session);
		if (session->phase == PHASE_JOB) {
			going = going && session->job->record->status != RECORD_FAILED;
		}
	}
	batch_reader_free(reader);
	return going && !interrupt_requested();
}

/** Let all pictures go by for each level of jobs that want to see them before. */
static bool prepare_jobs(struct session *session)
{
	size_t levels = prepare_levels(session);
	bool going = true;

	for (size_t level = 1; level <= levels && going; level++) {
		session->preparing = level;
		going = run_batches(session) && prepare_end(session, level);
		session->surveyed = true;
		digesting_renew(session);
	}
	session->preparing = 0;
	return going;
}

static const char *plural(size_t count, const char *one, const char *more)
{
	return count == 1 ? one : more;
}

/** Tell how often the network has run, for as many jobs as this process has. */
static void tell_passes(const struct session *session)
{
	const struct pass_counts *passes = &session->passes;
	size_t jobs = session->phase == PHASE_JOB;

	for (size_t i = 0; session->phase == PHASE_WHOLE && i < session->plan->job_count;
			i++) {
		jobs += session->plan->jobs[i].selected;
	}
	log_write(LOG_LEVEL_DETAIL, "%zu forward and %zu backward pass%s for %zu job%s",
			passes->forward, passes->backward,
			plural(passes->backward, "", "es"), jobs, plural(jobs, "", "s"));
}

bool session_work(struct session *session)
{
	bool once = session->phase == PHASE_JOB && job_is_once(session->job->plan);
	bool finished = prepare_jobs(session) && (once || run_batches(session))
			&& run_jobs(session);

	tell_passes(session);
	return finished;
}

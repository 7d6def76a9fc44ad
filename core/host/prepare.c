/**
 * \file    host/prepare.c
 * \brief   Lets techniques look at all pictures before the first map is made
 */
#include "host/prepare.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "host/batch_pass.h"
#include "host/call.h"
#include "host/maps.h"

/* ---- Levels -------------------------------------------------------------------- */

static bool prepares(const struct plan_job *job)
{
	return job->plugin->technique.prepare != NULL;
}

/** Level of a job: above all those that it needs, if it prepares itself */
static size_t job_level(const struct plan_job *job)
{
	size_t level = 0;

	for (size_t i = 0; i < job->need_count; i++) {
		size_t below = job_level(job->needs[i]);

		level = below > level ? below : level;
	}
	return level + prepares(job);
}

/** Whether a job is another one, or that one uses its maps, maybe by way of others */
static bool is_needed(const struct plan_job *job, const struct plan_job *by)
{
	bool needed = job == by;

	for (size_t i = 0; i < by->need_count && !needed; i++) {
		needed = is_needed(job, by->needs[i]);
	}
	return needed;
}

/** Whether a run calls a job's technique, for itself or for another job */
static bool is_called(const struct job *job)
{
	const struct session *session = job->session;
	bool called = false;

	for (size_t i = 0; i < session->plan->job_count && !called; i++) {
		const struct job *by = &session->jobs[i];

		called = by->plan->selected && by->wanted > 0
				&& is_needed(job->plan, by->plan);
	}
	return called;
}

/** Whether this process does */
static bool is_used(const struct job *job)
{
	const struct session *session = job->session;

	return session->phase == PHASE_WHOLE ? is_called(job)
					     : session->phase == PHASE_JOB
					&& is_needed(job->plan, session->job->plan);
}

bool prepare_is_wanted(const struct session *session)
{
	size_t i = 0;

	while (i < session->plan->job_count
			&& !(prepares(&session->plan->jobs[i])
					&& is_called(&session->jobs[i]))) {
		i++;
	}
	return i < session->plan->job_count;
}

bool prepare_is_due(const struct job *job, size_t level)
{
	return prepares(job->plan) && is_used(job) && job_level(job->plan) == level
			&& job->record->status != RECORD_FAILED;
}

size_t prepare_levels(const struct session *session)
{
	size_t levels = 0;

	for (size_t i = 0; i < session->plan->job_count; i++) {
		const struct job *job = &session->jobs[i];
		size_t level = is_used(job) ? job_level(job->plan) : 0;

		levels = level > levels ? level : levels;
	}
	return levels;
}

/* ---- A batch ------------------------------------------------------------------- */

void prepare_expect(struct session *session, size_t level)
{
	for (size_t i = 0; i < session->plan->job_count; i++) {
		if (prepare_is_due(&session->jobs[i], level)) {
			batch_pass_expect(&session->jobs[i]);
		}
	}
}

static void note_failure(struct job *job, size_t picture, const struct error *error)
{
	if (!interrupt_requested()) {
		job_failed_on(job, picture, error);
	}
}

/** Prepare a job with items of the batch, by themselves. */
static void prepare_each(struct job *job, const int64_t *targets)
{
	struct batch *pictures = job->session->batch;

	for (size_t n = 0; n < pictures->count && !interrupt_requested(); n++) {
		struct error error = { 0 };
		const cnnviz_batch batch = {
			.struct_size = sizeof(batch),
			.count = 1,
			.inputs = batch_item(pictures, n),
			.targets = &targets[n],
			.streams = &pictures->streams[n],
		};

		if (batch.inputs == NULL) {
			error_set(&error, CNNVIZ_ERROR_MEMORY, "out of memory");
			note_failure(job, pictures->pictures[n], &error);
		} else if (call_prepare(job, &batch, &pictures->pictures[n], &error)
				!= CNNVIZ_OK) {
			note_failure(job, pictures->pictures[n], &error);
		}
	}
}

static void prepare_job(struct job *job)
{
	struct session *session = job->session;
	const struct batch *pictures = session->batch;
	int64_t *targets = job_targets(job);
	struct error error = { 0 };
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)pictures->count,
		.inputs = pictures->inputs,
		.targets = targets,
		.streams = pictures->streams,
	};

	progress_job(session->progress, job->plan->name, pictures->count);
	if (call_prepare(job, &batch, pictures->pictures, &error) == CNNVIZ_OK
			|| interrupt_requested()) {
		free(targets);
		return;
	}
	if (pictures->count == 1) {
		note_failure(job, pictures->pictures[0], &error);
	} else {
		char *who = memory_format("[%s]", job->plan->name);

		session_tell_apart(session, who, &error);
		free(who);
		prepare_each(job, targets);
	}
	free(targets);
}

bool prepare_with_batch(struct session *session, size_t level)
{
	size_t before = session->record->failure_count;

	for (size_t i = 0; i < session->plan->job_count && !interrupt_requested(); i++) {
		struct job *job = &session->jobs[i];
		struct error error = { 0 };

		if (!prepare_is_due(job, level)) {
			continue;
		}
		if (job_create(job, &error) != CNNVIZ_OK) {
			job_failed(job, &error);
			if (session->fail_fast) {
				return false;
			}
		} else {
			prepare_job(job);
		}
		batch_pass_finish(job);
	}
	return !interrupt_requested()
			&& (!session->fail_fast
					|| session->record->failure_count == before);
}

bool prepare_end(struct session *session, size_t level)
{
	for (size_t i = 0; i < session->plan->job_count && !interrupt_requested(); i++) {
		struct job *job = &session->jobs[i];
		struct error error = { 0 };

		if (prepare_is_due(job, level) && call_prepared(job, &error) != CNNVIZ_OK
				&& !interrupt_requested()) {
			job_failed(job, &error);
			if (session->fail_fast) {
				return false;
			}
		}
	}
	return !interrupt_requested();
}

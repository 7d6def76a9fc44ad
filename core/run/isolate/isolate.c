/**
 * \file    run/isolate/isolate.c
 * \brief   A run in which every job has its own process
 */
#include "run/isolate/isolate.h"

#include <signal.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sandbox.h"
#include "host/artifact_files.h"
#include "host/state.h"
#include "run/isolate/confine.h"
#include "run/isolate/worker.h"
#include "run/exit.h"
#include "run/job_batch.h"
#include "run/schedule.h"
#include "run/work.h"

/* ---- In the child -------------------------------------------------------------- */

/**
 * A process that was told to end has not done its job, whoever told it. The parent takes
 * a signal for that, unless it has sent it.
 */
static void end_if_told(void)
{
	if (interrupt_requested()) {
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
	}
}

static void prepare_pictures(void *context, FILE *report)
{
	struct session *session = ((struct worker *)context)->session;
	struct protocol_sender sender;

	session->phase = PHASE_PICTURES;
	watchdog_arm_crashes(((struct worker *)context)->watchdog);
	protocol_start(&sender, session->record, report);
	if (!session_open(session)) {
		return;
	}
	protocol_send_engine(&sender);
	session_work_and_digest(session);
	protocol_send_pictures(&sender);
	protocol_send_model(&sender);
	end_if_told();
	protocol_finish(&sender);
	log_end_counted();
}

static void do_job(void *context, FILE *report)
{
	const struct worker *worker = context;
	struct session *session = worker->session;
	bool measure = session->plan->isolation.memory_limit > 0;
	struct error error = { 0 };
	struct protocol_sender sender;

	session->phase = PHASE_JOB;
	log_skip_counted(); /* the process of the pictures has given them */
	session->listener = watchdog_listener(worker->watchdog);
	protocol_start(&sender, session->record, report);
	if ((session->plan->isolation.strict
			    && confine_job(session->plan, &error) != CNNVIZ_OK)
			|| session_connect(session, &error) != CNNVIZ_OK
			|| watchdog_arm(worker->watchdog, measure, &error) != CNNVIZ_OK) {
		job_failed(session->job, &error);
	} else {
		session_work(session);
	}
	session_stop_jobs(session);
	end_if_told();
	protocol_finish(&sender);
}

/* ---- Pictures ------------------------------------------------------------------ */

/** Mark every picture as failed: no job can work without its classes. */
static void fail_pictures(struct session *session, const char *end)
{
	struct record *record = session->record;

	log_write(LOG_LEVEL_ERROR,
			"%s: [input] images: the process that runs the network on "
			"them %s",
			session->plan->ini->path, end);
	for (size_t i = 0; i < session->plan->picture_count; i++) {
		if (record->pictures[i].failure == NULL) {
			record->pictures[i].failure =
					memory_format("the process that runs "
						      "the network on it %s",
							end);
		}
	}
}

/** What follows from a child that did not prepare all pictures: as isolate_work() */
static int handle_failed_pictures(const struct worker *worker)
{
	struct session *session = worker->session;
	bool opened = session->record->engine_name != NULL;

	if (interrupt_requested()) {
		return opened ? RUN_EXIT_DONE : RUN_EXIT_INTERRUPTED;
	}
	if (worker->child.end == CHILD_RETURNED && !opened) {
		return RUN_EXIT_INPUT; /* session_open() has printed why */
	}
	char *end = worker_describe_end(worker);

	if (opened) {
		fail_pictures(session, end);
	} else {
		log_write(LOG_LEVEL_ERROR, "the process that loads the engine \"%s\" %s",
				session->plan->engine, end);
	}
	free(end);
	return opened ? RUN_EXIT_DONE : RUN_EXIT_JOB_FAILED;
}

static int run_pictures(struct session *session, struct watchdog *watchdog)
{
	struct worker worker = { .session = session, .watchdog = watchdog };
	struct error error = { 0 };

	if (worker_run(&worker, prepare_pictures, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return RUN_EXIT_JOB_FAILED;
	}
	if (worker_succeeded(&worker)) {
		return RUN_EXIT_DONE;
	}
	worker_remove_unfinished(&worker, ARTIFACT_INPUT_FOLDER);
	return handle_failed_pictures(&worker);
}

static size_t prepared_pictures(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->plan->picture_count; i++) {
		count += record->pictures[i].done && record->pictures[i].failure == NULL;
	}
	return count;
}

/* ---- Jobs ---------------------------------------------------------------------- */

/** Fail the job, and also the job whose technique was running, if that is another one. */
static void fail_jobs(const struct worker *worker, const char *end)
{
	struct job *job = worker->session->job, *called = worker->called;
	struct error error = { 0 };

	if (called == NULL) {
		error_set(&error, CNNVIZ_ERROR_PLUGIN, "the job's process %s", end);
	} else if (called == job) {
		error_set(&error, CNNVIZ_ERROR_PLUGIN, "the plugin %s", end);
	} else if (worker->nested) {
		error_set(&error, CNNVIZ_ERROR_PLUGIN,
				"the maps of [%s] could not be "
				"computed: its plugin %s",
				called->plan->name, end);
	} else {
		error_set(&error, CNNVIZ_ERROR_PLUGIN, "the plugin %s", end);
		job_failed(called, &error);
		error_set(&error, CNNVIZ_ERROR_UNSUPPORTED,
				"not possible because job [%s] failed",
				called->plan->name);
	}
	job_failed(job, &error);
}

static void run_job(struct session *session, struct watchdog *watchdog)
{
	struct worker worker = { .session = session, .watchdog = watchdog };
	struct error error = { 0 };

	if (job_is_blocked(session->job, &error)
			|| worker_run(&worker, do_job, &error) != CNNVIZ_OK) {
		job_failed(session->job, &error);
		return;
	}
	if (worker_succeeded(&worker)) {
		return;
	}
	worker_remove_unfinished(&worker, session->job->plan->name);
	if (!interrupt_requested()) {
		char *end = worker_describe_end(&worker);

		fail_jobs(&worker, end);
		free(end);
	}
}

/**
 * \brief   Run all jobs that take pictures, or all that are called once
 *
 * \param   finished    Results so far, for the progress
 *
 * \return  False when one of them, or an interrupt, stopped the run
 */
static bool run_jobs(struct session *session, struct watchdog *watchdog, bool once,
		size_t *finished)
{
	const struct plan *plan = session->plan;
	const struct record *record = session->record;
	size_t failures = record->failure_count;
	bool possible = once || prepared_pictures(record) > 0;

	for (size_t i = 0; i < plan->job_count; i++) {
		struct job *job = &session->jobs[i];

		if (!job->plan->selected || job_is_once(job->plan) != once) {
			continue;
		}
		session->job = job;
		if (!once) {
			progress_single_job(session->progress, job->plan->name);
		}
		if (job->record->status != RECORD_FAILED && possible) {
			run_job(session, watchdog);
		}
		*finished += once ? 1 : plan->picture_count;
		progress_set_results(session->progress, *finished);
		bool failed = job->record->status == RECORD_FAILED
				|| record->failure_count > failures;

		if (interrupt_requested() || (session->fail_fast && failed)) {
			return false;
		}
	}
	return true;
}

int isolate_work(struct session *session)
{
	struct error error = { 0 };

	if (session->plan->isolation.strict && sandbox_check(&error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR,
				"%s: [run] isolate: strict is not possible here, since "
				"%s; "
				"isolate = yes is",
				session->plan->ini->path, error.text);
		return RUN_EXIT_INPUT;
	}
	struct watchdog *watchdog = watchdog_create();
	int code = run_pictures(session, watchdog);
	size_t finished = 0;

	if (code == RUN_EXIT_DONE && !interrupt_requested()) {
		bool all = prepared_pictures(session->record)
				== session->plan->picture_count;

		if (run_jobs(session, watchdog, false, &finished)
				&& (all || !session->fail_fast)) {
			run_jobs(session, watchdog, true, &finished);
		}
	}
	watchdog_free(watchdog);
	return code;
}

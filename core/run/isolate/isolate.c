/**
 * \file    run/isolate/isolate.c
 * \brief   A run in which every job has its own process
 */
#include "run/isolate/isolate.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "host/artifact_files.h"
#include "host/state.h"
#include "run/isolate/confine.h"
#include "run/isolate/worker.h"
#include "run/exit.h"
#include "run/job_batch.h"
#include "run/schedule.h"
#include "run/work.h"

/* ---- In the child -------------------------------------------------------------- */

static void prepare_pictures(void *context, FILE *report)
{
	struct session *session = ((struct worker *)context)->session;
	struct protocol_sender sender;

	session->phase = PHASE_PICTURES;
	watchdog_arm_crashes(((struct worker *)context)->watchdog);
	protocol_start(&sender, session->record, report, NULL);
	if (!session_open(session)) {
		return;
	}
	watchdog_list_libraries(((struct worker *)context)->watchdog);
	protocol_send_engine(&sender);
	session_work_and_digest(session);
	protocol_send_pictures(&sender);
	protocol_send_model(&sender);
	worker_end_if_told();
	protocol_finish(&sender);
	log_end_counted();
}

static void do_job(void *context, FILE *report)
{
	const struct worker *worker = context;
	struct session *session = worker->session;
	bool measure = session->plan->isolation.memory_limit > 0;
	const struct confinement confinement = { session->plan->output,
		worker->readable };
	struct error error = { 0 };
	struct protocol_sender sender;

	session->phase = PHASE_JOB;
	log_skip_counted(); /* the process of the pictures has given them */
	session->listener = watchdog_listener(worker->watchdog);
	protocol_start(&sender, session->record, report, NULL);
	if ((session->plan->isolation.strict
			    && confine_job(session->plan, &confinement, &error)
					    != CNNVIZ_OK)
			|| session_connect(session, &error) != CNNVIZ_OK
			|| watchdog_arm(worker->watchdog, measure, &error) != CNNVIZ_OK) {
		job_failed(session->job, &error);
	} else {
		session_work(session);
		session_close_packs(session);
	}
	session_stop_jobs(session);
	worker_end_if_told();
	protocol_finish(&sender);
}

/* ---- In the parent ------------------------------------------------------------- */

/** What the parent has, and does not share but for the watchdog */
struct parent {
	struct session *session;
	struct watchdog *watchdog;
	char *libraries; /* of the engine; NULL until the pictures are prepared */
};

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
		if (record->pictures[i].failure == NULL
				&& session_wants_picture(session, i)) {
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

static int run_pictures(struct parent *parent)
{
	struct worker worker = { .session = parent->session,
		.watchdog = parent->watchdog };
	struct error error = { 0 };

	if (worker_run(&worker, prepare_pictures, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return RUN_EXIT_JOB_FAILED;
	}
	parent->libraries = watchdog_copy_libraries(parent->watchdog);
	if (worker_succeeded(&worker)) {
		return RUN_EXIT_DONE;
	}
	worker_remove_unfinished(&worker, ARTIFACT_INPUT_FOLDER);
	return handle_failed_pictures(&worker);
}

static bool is_prepared(const struct record *record, size_t picture)
{
	return record->pictures[picture].done
			&& record->pictures[picture].failure == NULL;
}

static bool any_prepared(const struct record *record)
{
	size_t i = 0;

	while (i < record->plan->picture_count && !is_prepared(record, i)) {
		i++;
	}
	return i < record->plan->picture_count;
}

/** Whether all pictures are that this run is to make results of */
static bool all_prepared(const struct session *session)
{
	size_t i = 0;

	while (i < session->plan->picture_count
			&& (is_prepared(session->record, i)
					|| !session_wants_picture(session, i))) {
		i++;
	}
	return i == session->plan->picture_count;
}

/* ---- Jobs ---------------------------------------------------------------------- */

static void run_job(const struct parent *parent)
{
	struct session *session = parent->session;
	struct worker worker = { .session = session,
		.watchdog = parent->watchdog,
		.readable = parent->libraries };
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
		worker_fail_jobs(&worker);
	}
}

/**
 * \brief   Run all jobs that take pictures, or all that are called once
 *
 * \param   finished    Results so far, for the progress
 *
 * \return  False when one of them, or an interrupt, stopped the run
 */
static bool run_jobs(const struct parent *parent, bool once, size_t *finished)
{
	struct session *session = parent->session;
	const struct plan *plan = session->plan;
	const struct record *record = session->record;
	size_t failures = record->failure_count;
	bool possible = once || any_prepared(record);

	for (size_t i = 0; i < plan->job_count; i++) {
		struct job *job = &session->jobs[i];

		if (!job->plan->selected || job_is_once(job->plan) != once
				|| job->wanted == 0) {
			continue;
		}
		session->job = job;
		if (!once) {
			progress_single_job(session->progress, job->plan->name);
		}
		if (job->record->status != RECORD_FAILED && possible) {
			run_job(parent);
		}
		*finished += job->wanted;
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
	struct parent parent = { .session = session };

	if (!confine_is_possible(session->plan)) {
		return RUN_EXIT_INPUT;
	}
	parent.watchdog = watchdog_create();
	int code = run_pictures(&parent);
	size_t finished = 0;

	if (code == RUN_EXIT_DONE && !interrupt_requested()) {
		bool all = all_prepared(session);

		if (run_jobs(&parent, false, &finished) && (all || !session->fail_fast)) {
			run_jobs(&parent, true, &finished);
		}
	}
	free(parent.libraries);
	watchdog_free(parent.watchdog);
	return code;
}

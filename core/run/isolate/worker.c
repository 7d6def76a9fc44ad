/**
 * \file    run/isolate/worker.c
 * \brief   A run whose jobs have processes of their own
 */
#include "run/isolate/worker.h"

#include <signal.h>
#include <stdlib.h>

#include "base/child.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "host/artifact_files.h"
#include "run/isolate/protocol.h"
#include "run/isolate/watchdog.h"
#include "run/run.h"
#include "run/schedule.h"

/* Seconds that a child gets to end by itself: within them an engine's call is over. */
#define GRACE 3.0

/* Seconds between two looks at its memory: it can take some ten MiB in the meantime. */
#define MEMORY_INTERVAL 0.01
#define MEBIBYTE (UINT64_C(1) << 20)

/** A child at work on a stage of the session */
struct worker {
	struct session *session;
	struct watchdog *watchdog;
	struct protocol_receiver receiver;
	bool late;          /* it was stopped because of [run] timeout */
	bool greedy;        /* ... because of [run] memory_limit */
	struct job *called; /* whose technique was at work when it ended; or NULL */
	bool apart;         /* that was for inputs that another technique made */
};

/* ---- In the child --------------------------------------------------------------------- */

static void prepare_pictures(void *context, FILE *report)
{
	struct session *session = ((struct worker *)context)->session;
	struct protocol_sender sender;

	session->phase = PHASE_PICTURES;
	protocol_start(&sender, session->record, report);
	if (!session_open(session)) {
		return;
	}
	protocol_send_engine(&sender);
	session_work_and_digest(session);
	protocol_send_pictures(&sender);
	protocol_send_digest(&sender);
	protocol_finish(&sender);
}

static void do_job(void *context, FILE *report)
{
	const struct worker *worker = context;
	struct session *session = worker->session;
	const struct plan_isolation *limits = &session->plan->isolation;
	struct error error = { 0 };
	struct protocol_sender sender;

	session->phase = PHASE_JOB;
	session->listener = watchdog_listener(worker->watchdog);
	protocol_start(&sender, session->record, report);
	if (session_connect(session, &error) != CNNVIZ_OK
			|| watchdog_arm(worker->watchdog, limits->memory_limit > 0,
					   &error)
					!= CNNVIZ_OK) {
		job_failed(session->job, &error);
	} else {
		session_work(session);
	}
	protocol_finish(&sender);
}

/* ---- Looking after a child -------------------------------------------------------------- */

static void take(void *context, const char *piece, size_t length)
{
	protocol_take(&((struct worker *)context)->receiver, piece, length);
}

static void note_call(struct worker *worker)
{
	const struct watchdog *watchdog = worker->watchdog;

	worker->called = watchdog->since != 0
					&& watchdog->job
							< worker->session->plan->job_count
			? &worker->session->jobs[watchdog->job]
			: NULL;
	worker->apart = watchdog->apart;
}

static enum child_action watch(void *context)
{
	struct worker *worker = context;
	const struct watchdog *watchdog = worker->watchdog;
	const struct plan_isolation *limits = &worker->session->plan->isolation;

	if (worker->greedy
			|| (limits->memory_limit > 0
					&& watchdog_growth(watchdog)
							> (uint64_t)limits->memory_limit
									* MEBIBYTE)) {
		worker->greedy = true;
		return CHILD_KILL;
	}
	if (interrupt_requested()) {
		return CHILD_STOP;
	}
	if (!worker->late && limits->timeout > 0
			&& watchdog_elapsed(watchdog) > limits->timeout) {
		worker->late = true;
		note_call(worker);
	}
	return worker->late ? CHILD_STOP : CHILD_CONTINUE;
}

static cnnviz_status run_child(struct worker *worker,
		void (*body)(void *context, FILE *report), struct child *child,
		struct error *error)
{
	const struct child_options options = {
		.body = body,
		.receive = take,
		.watch = watch,
		.context = worker,
		.interval = worker->session->plan->isolation.memory_limit > 0
				? MEMORY_INTERVAL
				: 0,
		.grace = GRACE,
		.group = true,
	};

	worker->receiver.record = worker->session->record;
	cnnviz_status status = child_watch(&options, child, error);
	protocol_receiver_clear(&worker->receiver);
	if (!worker->late) {
		note_call(worker);
	}
	return status;
}

static bool all_is_well(const struct worker *worker, const struct child *child)
{
	return child->end == CHILD_RETURNED && worker->receiver.finished
			&& !worker->receiver.broken;
}

/** "crashed: Segmentation fault" and the like, malloc'ed */
static char *describe_end(const struct worker *worker, const struct child *child)
{
	const struct session *session = worker->session;
	const struct plan_isolation *limits = &session->plan->isolation;

	if (worker->greedy) {
		return memory_format("took more than the %lld MiB of [run] memory_limit",
				(long long)limits->memory_limit);
	}
	if (worker->late) {
		return memory_format("did not return within the %g seconds of [run] "
				     "timeout",
				limits->timeout);
	}
	if (child->end == CHILD_RETURNED) {
		return memory_text("left its process unable to tell what it had done");
	}
	char *end = child_describe(child, 0);
	char *cause = NULL;

	if (worker->watchdog->starved) {
		cause = memory_text("found no memory left");
	} else if (child->end == CHILD_CRASHED && child->code == SIGKILL) {
		cause = memory_text("perhaps took all memory of the machine");
	} else {
		return end;
	}
	char *whole = memory_format("%s and %s", cause, end);

	free(cause);
	free(end);
	return whole;
}

/* ---- The pictures ------------------------------------------------------------------------- */

/** Remove the files that a child has begun and not finished. */
static void remove_unfinished(const struct session *session, const char *folder,
		const struct child *child)
{
	char *path = path_join(session->plan->output, folder);

	writer_remove_stale(path, child->process);
	free(path);
}

/** Without what the child found out, no job can work on any picture. */
static void give_up_pictures(struct session *session, const char *end)
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

static int begin_pictures(struct session *session, struct watchdog *watchdog)
{
	struct worker worker = { .session = session, .watchdog = watchdog };
	struct error error = { 0 };
	struct child child;

	watchdog_reset(watchdog);
	if (run_child(&worker, prepare_pictures, &child, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return RUN_EXIT_JOB_FAILED;
	}
	if (all_is_well(&worker, &child)) {
		return RUN_EXIT_DONE;
	}
	remove_unfinished(session, ARTIFACT_INPUT_FOLDER, &child);
	if (interrupt_requested()) {
		return worker.receiver.engine ? RUN_EXIT_DONE : RUN_EXIT_INTERRUPTED;
	}
	if (child.end == CHILD_RETURNED && !worker.receiver.engine) {
		return RUN_EXIT_INPUT; /* it has said why */
	}
	char *end = describe_end(&worker, &child);

	if (worker.receiver.engine) {
		give_up_pictures(session, end);
	} else {
		log_write(LOG_LEVEL_ERROR, "the process that loads the engine \"%s\" %s",
				session->plan->engine, end);
	}
	free(end);
	return worker.receiver.engine ? RUN_EXIT_DONE : RUN_EXIT_JOB_FAILED;
}

/* ---- Jobs ----------------------------------------------------------------------------------- */

/** Fail the job, and the one whose technique was at work where that is another. */
static void fail_jobs(const struct worker *worker, const char *end)
{
	struct job *job = worker->session->job, *called = worker->called;
	struct error error = { 0 };

	if (called == NULL) {
		error_set(&error, CNNVIZ_ERROR_PLUGIN, "the job's process %s", end);
	} else if (called == job) {
		error_set(&error, CNNVIZ_ERROR_PLUGIN, "the plugin %s", end);
	} else if (worker->apart) {
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

static void begin_job(struct session *session, struct watchdog *watchdog)
{
	struct worker worker = { .session = session, .watchdog = watchdog };
	struct error error = { 0 };
	struct child child;

	watchdog_reset(watchdog);
	if (job_is_blocked(session->job, &error)
			|| run_child(&worker, do_job, &child, &error) != CNNVIZ_OK) {
		job_failed(session->job, &error);
		return;
	}
	if (all_is_well(&worker, &child)) {
		return;
	}
	remove_unfinished(session, session->job->plan->name, &child);
	if (!interrupt_requested()) {
		char *end = describe_end(&worker, &child);

		fail_jobs(&worker, end);
		free(end);
	}
}

static size_t prepared_pictures(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->plan->picture_count; i++) {
		count += record->pictures[i].done && record->pictures[i].failure == NULL;
	}
	return count;
}

/** Jobs for pictures, or those that are called once; false when one stopped the run */
static bool begin_jobs(struct session *session, struct watchdog *watchdog, bool once,
		size_t *finished)
{
	const struct plan *plan = session->plan;
	size_t pictures = prepared_pictures(session->record);

	for (size_t i = 0; i < plan->job_count; i++) {
		struct job *job = &session->jobs[i];

		if (!job->plan->wanted || job_is_once(job->plan) != once) {
			continue;
		}
		session->job = job;
		if (!once) {
			progress_apart(session->progress, job->plan->name);
		}
		if (job->record->status != RECORD_FAILED && (once || pictures > 0)) {
			begin_job(session, watchdog);
		}
		*finished += once ? 1 : plan->picture_count;
		progress_reach(session->progress, *finished);
		if (interrupt_requested()
				|| (session->fail_fast
						&& job->record->status
								== RECORD_FAILED)) {
			return false;
		}
	}
	return true;
}

int isolate_work(struct session *session)
{
	size_t finished = 0;

	struct watchdog *watchdog = watchdog_create();
	int code = begin_pictures(session, watchdog);

	if (code == RUN_EXIT_DONE && !interrupt_requested()) {
		bool whole = prepared_pictures(session->record)
						== session->plan->picture_count
				|| !session->fail_fast;

		if (begin_jobs(session, watchdog, false, &finished) && whole) {
			begin_jobs(session, watchdog, true, &finished);
		}
	}
	watchdog_free(watchdog);
	return code;
}

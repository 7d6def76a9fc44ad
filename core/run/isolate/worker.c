/**
 * \file    run/isolate/worker.c
 * \brief   A child process that does a part of a run, within the limits of [run]
 */
#include "run/isolate/worker.h"

#include <signal.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/memory.h"

/* Seconds from SIGTERM to SIGKILL: enough for the engine to finish the call at hand */
#define GRACE 3.0

/* Seconds between two checks of its memory; it can grow by tens of MiB in that time. */
#define MEMORY_INTERVAL 0.01
#define MEBIBYTE (UINT64_C(1) << 20)

/* ---- While it runs ------------------------------------------------------------- */

static void receive(void *context, const char *piece, size_t length)
{
	protocol_receive(&((struct worker *)context)->receiver, piece, length);
}

/** Keep which technique is running: a child that is told to stop may still leave it. */
static void note_call(struct worker *worker)
{
	const struct watchdog *watchdog = worker->watchdog;
	const struct session *session = worker->session;

	worker->called = watchdog->call_start != 0
					&& watchdog->call_job < session->plan->job_count
			? &session->jobs[watchdog->call_job]
			: NULL;
	worker->nested = watchdog->call_nested;
}

static bool is_over_limit(const struct worker *worker)
{
	int64_t limit = worker->session->plan->isolation.memory_limit;

	return limit > 0
			&& watchdog_memory_growth(worker->watchdog)
			> (uint64_t)limit * MEBIBYTE;
}

static bool is_timed_out(const struct worker *worker)
{
	double timeout = worker->session->plan->isolation.timeout;

	return timeout > 0 && watchdog_call_seconds(worker->watchdog) > timeout;
}

static enum child_action watch(void *context)
{
	struct worker *worker = context;

	worker->over_limit = worker->over_limit || is_over_limit(worker);
	if (worker->over_limit) {
		return CHILD_KILL;
	}
	if (interrupt_requested()) {
		return CHILD_STOP;
	}
	if (watchdog_told_seconds(worker->watchdog) > GRACE && !worker->timed_out) {
		worker->deaf = true;
		return CHILD_KILL;
	}
	if (!worker->timed_out && is_timed_out(worker)) {
		worker->timed_out = true;
		note_call(worker);
	}
	return worker->timed_out ? CHILD_STOP : CHILD_CONTINUE;
}

cnnviz_status worker_run(struct worker *worker, void (*body)(void *context, FILE *report),
		struct error *error)
{
	int64_t memory_limit = worker->session->plan->isolation.memory_limit;
	const struct child_options options = {
		.body = body,
		.receive = receive,
		.watch = watch,
		.context = worker,
		.interval = memory_limit > 0 ? MEMORY_INTERVAL : 0,
		.grace = GRACE,
		.group = true,
	};

	watchdog_reset(worker->watchdog);
	protocol_receiver_init(&worker->receiver, worker->session->record,
			worker->session->journal);
	cnnviz_status status = child_watch(&options, &worker->child, error);

	worker->complete = protocol_receiver_finish(&worker->receiver);
	if (!worker->timed_out) {
		note_call(worker);
	}
	return status;
}

void worker_end_if_told(void)
{
	if (interrupt_requested()) {
		/* The parent takes this for what it is, unless it has sent the signal. */
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
	}
}

/* ---- After its end ------------------------------------------------------------- */

bool worker_succeeded(const struct worker *worker)
{
	return worker->child.end == CHILD_RETURNED && worker->complete;
}

char *worker_describe_end(const struct worker *worker)
{
	const struct plan_isolation *limits = &worker->session->plan->isolation;
	const struct child *child = &worker->child;

	if (worker->over_limit) {
		return memory_format("took more than the %lld MiB of [run] memory_limit",
				(long long)limits->memory_limit);
	}
	if (worker->timed_out) {
		return memory_format("did not return within the %g seconds of [run] "
				     "timeout",
				limits->timeout);
	}
	if (worker->deaf) {
		return memory_format(
				"was told to end by a signal, and killed when it had "
				"not after %g seconds",
				GRACE);
	}
	if (child->end == CHILD_RETURNED) {
		return memory_text("left no complete report of its results");
	}
	if (watchdog_cut_file(worker->watchdog) != NULL) {
		return memory_format("was ended because %s " MAPPING_CUT,
				watchdog_cut_file(worker->watchdog));
	}
	bool killed = child->end == CHILD_CRASHED && child->code == SIGKILL;
	char *end = child_describe(child, 0);

	if (!worker->watchdog->out_of_memory && !killed) {
		return end;
	}
	char *whole = memory_format("%s and %s",
			worker->watchdog->out_of_memory
					? "ran out of memory"
					: "perhaps used up the machine's memory",
			end);

	free(end);
	return whole;
}

void worker_fail_jobs(const struct worker *worker)
{
	char *end = worker_describe_end(worker);
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
	free(end);
}

void worker_remove_unfinished(const struct worker *worker, const char *folder)
{
	char *path = path_join(worker->session->plan->output, folder);

	writer_remove_stale(path, worker->child.process, WRITER_DEPTH);
	free(path);
}

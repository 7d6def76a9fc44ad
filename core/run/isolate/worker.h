/**
 * \file    run/isolate/worker.h
 * \brief   A child process that does a part of a run, within the limits of [run]
 */
#ifndef RUN_ISOLATE_WORKER_H
#define RUN_ISOLATE_WORKER_H

#include "base/child.h"
#include "host/session.h"
#include "run/isolate/protocol.h"
#include "run/isolate/watchdog.h"

/** Set the first two members, or three for a job, and the rest to zero. */
struct worker {
	struct session *session;
	struct watchdog *watchdog;
	const char *readable; /* if it is to be confined: see run/isolate/confine.h */
	struct protocol_receiver receiver;
	/* Set by worker_run() */
	struct child child;
	bool complete;      /* its whole report was received */
	bool timed_out;     /* it was stopped because of [run] timeout */
	bool over_limit;    /* it was killed because of [run] memory_limit */
	bool deaf;          /* it was killed because a signal of others did not end it */
	struct job *called; /* whose technique was running when it ended, or NULL */
	bool nested;        /* that technique was called by another one */
};

/**
 * \brief   Run a function in a child until it ends, and add its report to the record
 *
 * \param   body    Called in the child, with the worker as its context; sends its results
 *                  with the functions of run/isolate/protocol.h
 *
 * \return  CNNVIZ_OK however the child ended; an error when it could not be started
 */
cnnviz_status worker_run(struct worker *worker, void (*body)(void *context, FILE *report),
		struct error *error);

/**
 * In the child, before its report is complete: end it if a signal has asked for that. It has
 * not done its job then, whoever has sent the signal.
 */
void worker_end_if_told(void);

/** Whether the child returned and its report was complete */
bool worker_succeeded(const struct worker *worker);

/** How a child ended that did not succeed, as in "crashed: Segmentation fault"; malloc'ed */
char *worker_describe_end(const struct worker *worker);

/**
 * \brief   Fail the session's job, whose child did not succeed, and tell the user
 *
 * Also the job whose technique was running, if that is another one.
 */
void worker_fail_jobs(const struct worker *worker);

/** Remove the files that the child left unfinished in a folder of the output. */
void worker_remove_unfinished(const struct worker *worker, const char *folder);

#endif

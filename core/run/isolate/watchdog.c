/**
 * \file    run/isolate/watchdog.c
 * \brief   What a child that runs a job leaves for its parent to see
 */
#include "config.h" /* _GNU_SOURCE */

#include "run/isolate/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "host/job.h"

/* Stack for the handler: that of a crashed technique may be used up. */
#define HANDLER_STACK 65536

struct watchdog *watchdog_create(void)
{
	return child_share(sizeof(struct watchdog));
}

void watchdog_free(struct watchdog *watchdog)
{
	child_unshare(watchdog, sizeof(*watchdog));
}

void watchdog_reset(struct watchdog *watchdog)
{
	watchdog->since = 0;
	watchdog->job = 0;
	watchdog->apart = false;
	watchdog->starved = false;
	watchdog->process = 0;
	watchdog->base = 0;
}

/* ---- Calls ---------------------------------------------------------------------- */

static int64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void note_call(struct watchdog *watchdog, const struct cnnviz_job *call)
{
	watchdog->job = (size_t)(call->job - call->session->jobs);
	watchdog->apart = call->nested;
}

static void note_entered(void *context, const struct cnnviz_job *call)
{
	struct watchdog *watchdog = context;

	note_call(watchdog, call);
	if (call->outer == NULL) {
		watchdog->since = milliseconds();
	}
	errno = 0; /* so that ENOMEM tells of this call */
}

static void note_left(void *context, const struct cnnviz_job *call)
{
	struct watchdog *watchdog = context;

	if (call->outer == NULL) {
		watchdog->since = 0;
	} else {
		note_call(watchdog, call->outer);
	}
}

struct session_listener watchdog_listener(struct watchdog *watchdog)
{
	return (struct session_listener){ note_entered, note_left, watchdog };
}

double watchdog_elapsed(const struct watchdog *watchdog)
{
	int64_t since = watchdog->since;

	return since == 0 ? 0 : (double)(milliseconds() - since) / 1000;
}

/* ---- Memory ------------------------------------------------------------------------- */

/** Bytes that a process has written to and keeps, 0 where that cannot be told */
static uint64_t memory_used(long process)
{
	char path[64], line[256];
	unsigned long long kibibytes = 0;

	snprintf(path, sizeof(path), "/proc/%ld/status", process);
	FILE *file = fopen(path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "RssAnon: %llu", &kibibytes) == 1) {
			break;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return (uint64_t)kibibytes * 1024;
}

uint64_t watchdog_growth(const struct watchdog *watchdog)
{
	uint64_t used = watchdog->process > 0 ? memory_used(watchdog->process) : 0;

	return used > watchdog->base ? used - watchdog->base : 0;
}

/* ---- The end of a child ----------------------------------------------------------- */

/* Of this process, for its handlers */
static struct watchdog *armed;

/* What failed for want of memory has left ENOMEM. */
static void note_shortage(int reason)
{
	armed->starved = reason == ENOMEM;
}

/* The default action is back in place: the signal ends the child after all. */
static void handle_crash(int number)
{
	note_shortage(errno);
	raise(number);
}

static void handle_exit(void)
{
	note_shortage(errno);
}

static void catch_crashes(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	static char stack[HANDLER_STACK];
	struct sigaction action;

	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_handler = handle_crash;
	action.sa_flags = (int)SA_RESETHAND | SA_ONSTACK;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigaction(numbers[i], &action, NULL);
	}
}

cnnviz_status watchdog_arm(struct watchdog *watchdog, bool measure, struct error *error)
{
	armed = watchdog;
	catch_crashes();
	atexit(handle_exit);
	watchdog->base = memory_used((long)getpid());
	if (measure && watchdog->base == 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"this system does not tell "
				"how much memory a process takes; leave out [run] "
				"memory_limit");
	}
	watchdog->process = (long)getpid();
	return CNNVIZ_OK;
}

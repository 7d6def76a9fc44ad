/**
 * \file    run/guard.c
 * \brief   What a child that runs a job leaves for its parent to see
 */
#include "config.h" /* _GNU_SOURCE */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "run/guard.h"

/* Stack for the handler: that of a crashed technique may be used up. */
#define HANDLER_STACK 65536

struct guard *guard_create(void)
{
	return child_share(sizeof(struct guard));
}

void guard_free(struct guard *guard)
{
	child_unshare(guard, sizeof(*guard));
}

void guard_reset(struct guard *guard, size_t job)
{
	guard->since = 0;
	guard->job = job;
	guard->apart = false;
	guard->starved = false;
	guard->process = 0;
	guard->base = 0;
}

/* ---- Calls ---------------------------------------------------------------------- */

static int64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct guard_call guard_enter(struct guard *guard, size_t job, bool apart)
{
	struct guard_call before = { 0 };

	if (!guard) {
		return before;
	}
	before = (struct guard_call){ guard->since == 0, guard->job, guard->apart };
	guard->job = job;
	guard->apart = apart;
	if (before.outermost) {
		guard->since = milliseconds();
	}
	errno = 0; /* so that ENOMEM tells of this call */
	return before;
}

void guard_leave(struct guard *guard, struct guard_call call)
{
	if (!guard) {
		return;
	}
	guard->job = call.job;
	guard->apart = call.apart;
	if (call.outermost) {
		guard->since = 0;
	}
}

double guard_elapsed(const struct guard *guard)
{
	int64_t since = guard->since;

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

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "RssAnon: %llu", &kibibytes) == 1) {
			break;
		}
	}
	if (file) {
		fclose(file);
	}
	return (uint64_t)kibibytes * 1024;
}

uint64_t guard_growth(const struct guard *guard)
{
	uint64_t used = guard->process > 0 ? memory_used(guard->process) : 0;

	return used > guard->base ? used - guard->base : 0;
}

/* ---- The end of a child ----------------------------------------------------------- */

/* Of this process, for its handlers */
static struct guard *armed;

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

cnnviz_status guard_arm(struct guard *guard, bool measure, struct error *error)
{
	armed = guard;
	catch_crashes();
	atexit(handle_exit);
	guard->base = memory_used((long)getpid());
	if (measure && guard->base == 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED, "this system does not tell "
				"how much memory a process takes; leave out [run] memory_limit");
	}
	guard->process = (long)getpid();
	return CNNVIZ_OK;
}

/**
 * \file    run/isolate/watchdog.c
 * \brief   What a parent can see of the child that does a job, however the child ends
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
#include "base/file.h"
#include "base/interrupt.h"
#include "base/libraries.h"
#include "base/memory.h"
#include "base/process.h"
#include "host/job.h"

/* Bytes of the signal handler's own stack: a technique may crash because its is full. */
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
	watchdog->call_start = 0;
	watchdog->call_job = 0;
	watchdog->call_nested = false;
	watchdog->out_of_memory = false;
	watchdog->told = 0;
	watchdog->cut = 0;
	watchdog->process = 0;
	watchdog->base_memory = 0;
}

/* ---- Calls --------------------------------------------------------------------- */

static int64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/** 0 for a time that has not come */
static double seconds_since(int64_t start)
{
	return start == 0 ? 0 : (double)(milliseconds() - start) / 1000;
}

static void note_call(struct watchdog *watchdog, const struct cnnviz_job *call)
{
	watchdog->call_job = (size_t)(call->job - call->session->jobs);
	watchdog->call_nested = call->nested;
}

static void note_entered(void *context, const struct cnnviz_job *call)
{
	struct watchdog *watchdog = context;

	note_call(watchdog, call);
	if (call->outer == NULL) {
		watchdog->call_start = milliseconds();
	}
	errno = 0; /* so that a later ENOMEM is from this call */
}

static void note_left(void *context, const struct cnnviz_job *call)
{
	struct watchdog *watchdog = context;

	/* A process that was told to end is ended in the name of the call that this was for. */
	if (call->outer == NULL && !interrupt_requested()) {
		watchdog->call_start = 0;
	} else if (call->outer != NULL) {
		note_call(watchdog, call->outer);
	}
}

struct session_listener watchdog_listener(struct watchdog *watchdog)
{
	return (struct session_listener){ note_entered, note_left, watchdog };
}

double watchdog_call_seconds(const struct watchdog *watchdog)
{
	return seconds_since(watchdog->call_start);
}

/* ---- Memory -------------------------------------------------------------------- */

/** Bytes of memory that a process has written to and still has; 0 when unknown */
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

uint64_t watchdog_memory_growth(const struct watchdog *watchdog)
{
	uint64_t used = watchdog->process > 0 ? memory_used(watchdog->process) : 0;

	return used > watchdog->base_memory ? used - watchdog->base_memory : 0;
}

/* ---- The end of a child -------------------------------------------------------- */

/* The watchdog of this process, for its handlers */
static struct watchdog *armed;

/* SA_RESETHAND has restored the default action, so raise() ends the process. */
static void handle_crash(int number, siginfo_t *info, void *context)
{
	(void)context;
	armed->out_of_memory = errno == ENOMEM;
	armed->cut = number == SIGBUS ? (uintptr_t)info->si_addr : 0;
	process_spill();
	raise(number);
}

static void handle_exit(void)
{
	armed->out_of_memory = errno == ENOMEM;
	fflush(stdout);
	process_spill();
}

static void catch_crashes(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	static char stack[HANDLER_STACK];
	struct sigaction action;

	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = handle_crash;
	action.sa_flags = (int)SA_RESETHAND | SA_ONSTACK | SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigaction(numbers[i], &action, NULL);
	}
}

/* The mappings are those that the child was forked with, or nothing that can be told. */
const char *watchdog_cut_file(const struct watchdog *watchdog)
{
	return watchdog->cut != 0 ? mapping_path_at(watchdog->cut) : NULL;
}

/* ---- Libraries ----------------------------------------------------------------- */

void watchdog_list_libraries(struct watchdog *watchdog)
{
	libraries_list(watchdog->libraries, sizeof(watchdog->libraries));
}

char *watchdog_copy_libraries(const struct watchdog *watchdog)
{
	/* Two zeros more than there is room for: an end, whatever is in the memory. */
	char *copy = memory_new(1, sizeof(watchdog->libraries) + 2);

	memcpy(copy, watchdog->libraries, sizeof(watchdog->libraries));
	return copy;
}

/* ---- Requests to end ----------------------------------------------------------- */

/* Whoever sends it: the parent sees it too, since the technique may not listen. */
static void handle_request(int number)
{
	(void)number;
	armed->told = milliseconds();
	interrupt_request();
}

static void catch_requests(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (sigaction(numbers[i], NULL, &action) == 0
				&& action.sa_handler != SIG_IGN) {
			action.sa_handler = handle_request;
			sigaction(numbers[i], &action, NULL);
		}
	}
}

double watchdog_told_seconds(const struct watchdog *watchdog)
{
	return seconds_since(watchdog->told);
}

/* ---- All of it ----------------------------------------------------------------- */

void watchdog_arm_crashes(struct watchdog *watchdog)
{
	armed = watchdog;
	catch_crashes();
}

cnnviz_status watchdog_arm(struct watchdog *watchdog, bool measure, struct error *error)
{
	watchdog_arm_crashes(watchdog);
	catch_requests();
	atexit(handle_exit);
	watchdog->base_memory = memory_used((long)getpid());
	if (measure && watchdog->base_memory == 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"this system does not tell how much memory a process "
				"takes; leave out [run] memory_limit");
	}
	watchdog->process = (long)getpid();
	return CNNVIZ_OK;
}

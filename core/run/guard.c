/**
 * \file    run/guard.c
 * \brief   What a child that runs a job leaves for its parent to see
 */
#include "config.h" /* _GNU_SOURCE */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "run/guard.h"

#define MEBIBYTE (UINT64_C(1) << 20)

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

/* ---- The end of a child ----------------------------------------------------------- */

/* Of this process, for its handlers */
static struct guard *armed;

/**
 * Bytes that count for RLIMIT_DATA, 0 where that cannot be told. Calls only what a
 * signal handler may.
 */
static uint64_t data_used(void)
{
	static const char key[] = "\nVmData:";
	char text[4096];
	int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = file >= 0 ? read(file, text, sizeof(text) - 1) : -1;
	uint64_t kibibytes = 0;

	if (file >= 0) {
		close(file);
	}
	text[length > 0 ? length : 0] = '\0';
	const char *place = strstr(text, key);
	if (!place) {
		return 0;
	}
	place += sizeof(key) - 1;
	place += strspn(place, " \t");
	while (*place >= '0' && *place <= '9') {
		kibibytes = 10 * kibibytes + (uint64_t)(*place++ - '0');
	}
	return 1024 * kibibytes;
}

/*
 * What failed for want of memory left ENOMEM; a technique that looks at other errors
 * before it gives up has at least come near to the ceiling.
 */
static void note_shortage(int reason)
{
	armed->starved = reason == ENOMEM || (armed->ceiling > 0
			&& data_used() + armed->margin >= armed->ceiling);
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

cnnviz_status guard_arm(struct guard *guard, int64_t limit, struct error *error)
{
	struct rlimit resource;

	armed = guard;
	guard->ceiling = 0;
	catch_crashes();
	atexit(handle_exit);
	if (limit <= 0) {
		return CNNVIZ_OK;
	}
	guard->ceiling = data_used() + (uint64_t)limit * MEBIBYTE;
	guard->margin = (uint64_t)limit * MEBIBYTE / 16;
	if (getrlimit(RLIMIT_DATA, &resource) == 0) {
		if (guard->ceiling < resource.rlim_cur) {
			resource.rlim_cur = guard->ceiling;
		}
		if (setrlimit(RLIMIT_DATA, &resource) == 0) {
			return CNNVIZ_OK;
		}
	}
	return error_set(error, CNNVIZ_ERROR_UNSUPPORTED, "it cannot be held to [run] "
			"memory_limit: %s", strerror(errno));
}

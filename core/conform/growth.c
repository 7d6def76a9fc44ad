/**
 * \file    conform/growth.c
 * \brief   Whether a plugin's own memory grows with each call
 *
 * The host counts tensors, passes and streams. What a plugin takes of malloc() is seen by
 * what the process has in use after each of several equal calls: what is kept once, to save
 * time, does not grow any more; what is forgotten does with each call.
 */
#include "conform/growth.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#if __GLIBC_PREREQ(2, 33)
#define HAVE_MALLINFO2
#endif
#endif

/*
 * Calls in a row that each leave more behind, and the calls that do not after which nothing
 * is expected any more. The allocator counts its own stock of small pieces as in use, which
 * grows at first, and from which a few forgotten pieces may come.
 */
#define CALLS_GROWING 32
#define CALLS_QUIET 9

static size_t bytes_in_use(void)
{
#ifdef HAVE_MALLINFO2
	struct mallinfo2 heap = mallinfo2();

	return heap.uordblks + heap.hblkhd;
#else
	return 0;
#endif
}

/** Bytes after one more call; 0 where the technique fails. */
static size_t call_once(struct trial *trial, struct test_job *test_job)
{
	struct results results = { 0 };
	bool done = trial_run(trial, test_job, ORDER_FORWARD, &results);

	results_free(&results);
	return done ? bytes_in_use() : 0;
}

static void measure(struct trial *trial, struct test_job *test_job)
{
	size_t last = call_once(trial, test_job), first = last;
	unsigned growing = 0, quiet = 0;

	while (last != 0 && growing < CALLS_GROWING && quiet < CALLS_QUIET) {
		size_t now = call_once(trial, test_job);

		if (now > last) {
			growing++;
		} else {
			quiet++;
			growing = 0;
			first = now;
		}
		last = now;
	}
	if (growing == CALLS_GROWING) {
		trial_fault(trial,
				"each of %d equal calls leaves memory behind, %zu bytes "
				"on "
				"average; is something not freed?",
				CALLS_GROWING, (last - first) / CALLS_GROWING);
	}
}

void check_growth(struct trial *trial)
{
	struct test_job test_job;

	if (bytes_in_use()
			== 0) { /* this system, or a debugger's malloc(), does not tell */
		trial_not_applicable(trial);
		return;
	}
	if (trial_open(trial, PICTURES_SINGLE, 1, &test_job)) {
		measure(trial, &test_job);
		test_job_close(&test_job);
	}
}

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
 * Calls before anything is measured, and spans of calls of which each leaves more behind. The
 * allocator counts its own stock of small pieces as in use, one for each thread, and while
 * threads that write files fill theirs, a sound technique grows by some hundred bytes a call.
 */
#define CALLS_FIRST 16
#define CALLS_SPAN 12
#define SPANS 8

/** What a span leaves behind at least where each call forgets an array; no stock has such */
#define BYTES_SPAN ((size_t)CALLS_SPAN * 1024)

static size_t bytes_in_use(void)
{
#ifdef HAVE_MALLINFO2
	struct mallinfo2 heap = mallinfo2();

	return heap.uordblks + heap.hblkhd;
#else
	return 0;
#endif
}

/** Bytes after some more calls; 0 where the technique fails. */
static size_t call(struct trial *trial, struct test_job *test_job, unsigned calls)
{
	bool done = true;

	for (unsigned i = 0; i < calls && done; i++) {
		struct results results = { 0 };

		done = trial_run(trial, test_job, ORDER_FORWARD, &results);
		results_free(&results);
	}
	return done ? bytes_in_use() : 0;
}

static void measure(struct trial *trial, struct test_job *test_job)
{
	size_t first = call(trial, test_job, CALLS_FIRST), last = first;
	unsigned growing = 0;

	for (bool grows = first != 0; grows && growing < SPANS;) {
		size_t now = call(trial, test_job, CALLS_SPAN);

		grows = now >= last + BYTES_SPAN;
		growing += grows;
		last = now;
	}
	if (growing == SPANS) {
		trial_fault(trial,
				"%d equal calls leave memory behind, %zu bytes each on "
				"average; is something not freed?",
				SPANS * CALLS_SPAN,
				(last - first) / (SPANS * CALLS_SPAN));
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

/**
 * \file    conform/faults.c
 * \brief   Checks that inject faults: interruptions, failing allocations, failing
 *                     services
 */
#include "conform/faults.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"

/** Largest number of calls that are made to fail, one at a time */
#define FAILURES_MAX 24

/** Number of calls after which an interruption counts as ignored */
#define CALLS_AFTER_MAX 50

/* ---- Interruption -------------------------------------------------------------- */

static void check_reaction(struct trial *trial, cnnviz_status status,
		const struct error *error)
{
	uint64_t after = recorder_findings()->after;

	if (status == CNNVIZ_OK && after > CALLS_AFTER_MAX) {
		trial_fault(trial,
				"it continued for %llu more calls of services; long "
				"loops must ask host->canceled()",
				(unsigned long long)after);
	} else if (status != CNNVIZ_OK && status != CNNVIZ_ERROR_CANCELED) {
		trial_fault(trial,
				"it ended with status %ld (%s) instead of "
				"CNNVIZ_ERROR_CANCELED",
				(long)status, error->text);
	}
}

/* A process can be interrupted only once, so each check does this in its own. */
static void interrupt_at(struct trial *trial, bool midway)
{
	struct test_job test_job;
	struct results results = { 0 };
	struct error error;

	if (!trial_open(trial, PICTURES_SINGLE, 1, &test_job)) {
		return;
	}
	signal(SIGINT, SIG_DFL);
	interrupt_install();
	if (!trial_run(trial, &test_job, ORDER_FORWARD, &results)) {
		goto done;
	}
	uint64_t services = recorder_findings()->services;
	const struct recorder_faults faults = { .interrupt = midway ? (services + 1) / 2
								    : 1 };
	results_free(&results);
	if (services == 0 || (midway && services == 1)) {
		trial_not_applicable(trial);
		goto done;
	}
	cnnviz_status status = test_job_run(&test_job, &faults, ORDER_FORWARD, &results,
			&error);
	check_reaction(trial, status, &error);
	trial_check_leaks(trial, &results.leftovers, "it is interrupted");
done:
	results_free(&results);
	test_job_close(&test_job);
}

void check_interrupted(struct trial *trial)
{
	interrupt_at(trial, false);
}

void check_interrupted_midway(struct trial *trial)
{
	interrupt_at(trial, true);
}

/* ---- Failure ------------------------------------------------------------------- */

static void check_failure_reported(struct trial *trial, cnnviz_status status,
		const char *when)
{
	if (status == CNNVIZ_OK) {
		trial_fault(trial, "it ignored the failure when %s", when);
	}
}

/** Let one call fail; false if there are no more such calls. */
static bool fail_at(struct trial *trial, struct test_job *test_job, uint64_t call,
		bool memory)
{
	const struct recorder_faults faults = {
		.fail_tensor = memory ? call : 0,
		.fail_service = memory ? 0 : call,
	};
	struct results results = { 0 };
	struct error error = { 0 };
	char *when = memory_format("%s %llu fails",
			memory ? "tensor->create() call" : "call of a service",
			(unsigned long long)call);

	trial_step(trial, "%s", when);
	cnnviz_status status = test_job_run(test_job, &faults, ORDER_FORWARD, &results,
			&error);
	const char *failed = recorder_findings()->failed;

	if (failed != NULL) {
		free(when);
		when = memory_format("%s fails (call %llu)", failed,
				(unsigned long long)call);
		check_failure_reported(trial, status, when);
		trial_check_leaks(trial, &results.leftovers, when);
	}
	results_free(&results);
	free(when);
	return failed != NULL;
}

/**
 * The i-th of `count` calls to fail: all of the first ones, then evenly spaced ones to
 * the last
 */
static uint64_t pick_call(uint64_t count, uint64_t i)
{
	return count <= FAILURES_MAX || i < FAILURES_MAX / 2 ? i + 1
							     : FAILURES_MAX / 2
					+ (i + 1 - FAILURES_MAX / 2)
							* (count - FAILURES_MAX / 2)
							/ (FAILURES_MAX / 2);
}

static void check_failing(struct trial *trial, bool memory)
{
	struct test_job test_job;
	struct results results = { 0 };

	if (!trial_open(trial, PICTURES_SINGLE, 1, &test_job)) {
		return;
	}
	bool done = trial_run(trial, &test_job, ORDER_FORWARD, &results);
	uint64_t count = memory ? recorder_findings()->tensors
				: recorder_findings()->services;
	uint64_t tries = count < FAILURES_MAX ? count : FAILURES_MAX;

	for (uint64_t i = 0; done && i < tries; i++) {
		if (!fail_at(trial, &test_job, pick_call(count, i), memory)) {
			break;
		}
	}
	if (done && count == 0) {
		trial_not_applicable(trial);
	}
	results_free(&results);
	test_job_close(&test_job);
}

void check_memory(struct trial *trial)
{
	check_failing(trial, true);
}

void check_services(struct trial *trial)
{
	check_failing(trial, false);
}

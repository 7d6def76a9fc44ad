/**
 * \file    conform/disturb.c
 * \brief   Checks that disturb a plugin: interruptions, short memory, failing services
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "conform/check.h"

/** Of all calls, at most so many are made to fail, one at a time */
#define MOST_FAILURES 24

/** Calls of services after which an interruption counts as not heard */
#define MOST_AFTER 50

/* ---- Interruption -------------------------------------------------------------------------- */

static void judge_interrupted(struct trial *trial, cnnviz_status status,
		const struct error *error)
{
	uint64_t after = recorder_findings()->after;

	if (status == CNNVIZ_OK && after > MOST_AFTER) {
		trial_fault(trial,
				"it went on for %llu more calls of services; long loops "
				"ask "
				"host->canceled()",
				(unsigned long long)after);
	} else if (status != CNNVIZ_OK && status != CNNVIZ_ERROR_CANCELED) {
		trial_fault(trial,
				"it ended with status %ld (%s) instead of "
				"CNNVIZ_ERROR_CANCELED",
				(long)status, error->text);
	}
}

/* The process knows only one interruption, so this is done once in each. */
static void interrupt_at(struct trial *trial, bool midway)
{
	struct stage stage;
	struct results results = { 0 };
	struct error error;

	if (!trial_open(trial, BENCH_SINGLE, 1, &stage)) {
		return;
	}
	signal(SIGINT, SIG_DFL);
	interrupt_install();
	if (!trial_play(trial, &stage, STAGE_FORWARD, &results)) {
		goto done;
	}
	uint64_t services = recorder_findings()->services;
	const struct recorder_orders orders = { .interrupt = midway ? (services + 1) / 2
								    : 1 };
	results_free(&results);
	if (services == 0 || (midway && services == 1)) {
		trial_pass_over(trial);
		goto done;
	}
	cnnviz_status status = stage_play(&stage, &orders, STAGE_FORWARD, &results,
			&error);
	judge_interrupted(trial, status, &error);
	trial_judge(trial, &results.leftovers, "it is interrupted");
done:
	results_free(&results);
	stage_close(&stage);
}

void check_interrupted(struct trial *trial)
{
	interrupt_at(trial, false);
}

void check_interrupted_midway(struct trial *trial)
{
	interrupt_at(trial, true);
}

/* ---- Failure ------------------------------------------------------------------------------- */

static void judge_failure(struct trial *trial, cnnviz_status status,
		const struct error *error, const char *when)
{
	if (status == CNNVIZ_OK) {
		trial_fault(trial, "it went on as if nothing had happened when %s", when);
	} else if (strstr(error->text, "failed without saying why") != NULL) {
		trial_fault(trial,
				"it returned status %ld without a sentence by "
				"host->fail() "
				"when %s",
				(long)status, when);
	}
}

/** Let one call fail; false when there are no more such calls. */
static bool fail_at(struct trial *trial, struct stage *stage, uint64_t call, bool memory)
{
	const struct recorder_orders orders = {
		.fail_tensor = memory ? call : 0,
		.fail_service = memory ? 0 : call,
	};
	struct results results = { 0 };
	struct error error = { 0 };
	char *when = memory_format("%s %llu fails",
			memory ? "tensor->create() call" : "call of a service",
			(unsigned long long)call);

	trial_step(trial, "%s", when);
	cnnviz_status status = stage_play(stage, &orders, STAGE_FORWARD, &results,
			&error);
	const char *failed = recorder_findings()->failed;

	if (failed != NULL) {
		free(when);
		when = memory_format("%s fails (call %llu)", failed,
				(unsigned long long)call);
		judge_failure(trial, status, &error, when);
		trial_judge(trial, &results.leftovers, when);
	}
	results_free(&results);
	free(when);
	return failed != NULL;
}

/** Of `count` calls the i-th to fail: the first ones all, then evenly to the last */
static uint64_t pick_call(uint64_t count, uint64_t i)
{
	return count <= MOST_FAILURES || i < MOST_FAILURES / 2 ? i + 1
							       : MOST_FAILURES / 2
					+ (i + 1 - MOST_FAILURES / 2)
							* (count - MOST_FAILURES / 2)
							/ (MOST_FAILURES / 2);
}

static void check_failing(struct trial *trial, bool memory)
{
	struct stage stage;
	struct results results = { 0 };

	if (!trial_open(trial, BENCH_SINGLE, 1, &stage)) {
		return;
	}
	bool played = trial_play(trial, &stage, STAGE_FORWARD, &results);
	uint64_t count = memory ? recorder_findings()->tensors
				: recorder_findings()->services;
	uint64_t tries = count < MOST_FAILURES ? count : MOST_FAILURES;

	for (uint64_t i = 0; played && i < tries; i++) {
		if (!fail_at(trial, &stage, pick_call(count, i), memory)) {
			break;
		}
	}
	if (played && count == 0) {
		trial_pass_over(trial);
	}
	results_free(&results);
	stage_close(&stage);
}

void check_memory(struct trial *trial)
{
	check_failing(trial, true);
}

void check_services(struct trial *trial)
{
	check_failing(trial, false);
}

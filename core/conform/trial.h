/**
 * \file    conform/trial.h
 * \brief   A check at work: what it reports, and the parts that checks share
 */
#ifndef CONFORM_TRIAL_H
#define CONFORM_TRIAL_H

#include "conform/fixture.h"

/** First letter of each line that a check reports to the parent process */
enum trial_line {
	LINE_STEP = 'S', /* what the check does now */
	LINE_FAULT = 'F',
	LINE_NOTE = 'N',
	LINE_DIGEST = 'D',
	LINE_NETWORK = 'B', /* that checks that follow use: enum fixture_network */
	LINE_NAME = 'T',    /* of the technique; then its version, kind and ABI */
	LINE_VERSION = 'V',
	LINE_KIND = 'K',
	LINE_ABI = 'A',
	LINE_COUNT = 'C', /* how many techniques the file has */
	LINE_NOT_APPLICABLE = 'X',
};

/** A check that runs in its child process */
struct trial {
	const struct fixture *fixture;
	const char *digest; /* of the results in the check "runs"; "" before */
	FILE *report;       /* to the parent; see enum trial_line */
};

/* What a check reports: sentences or, for steps, a clause that follows "when" */
void trial_step(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_fault(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_note(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_digest(struct trial *trial, const char *digest);
/** Which network the checks that follow use */
void trial_network(struct trial *trial, enum fixture_network network);
/** Which technique the checks are about, and how many its file has */
void trial_technique(struct trial *trial, const cnnviz_technique *technique,
		size_t count);
/** The check does not apply to this technique. */
void trial_not_applicable(struct trial *trial);

/* Parts of checks */

/**
 * Open the plugin's job and let the plugin check its parameters
 *
 * \param   when    The step under way, a clause or ""
 */
cnnviz_status trial_open_checked(struct trial *trial, const struct fixture *fixture,
		enum picture_set pictures, unsigned batch, const char *assignment,
		const char *when, struct test_job *test_job, struct error *error);

/** Open the plugin's job, which the plugin must accept; reports a fault if that fails. */
bool trial_open(struct trial *trial, enum picture_set pictures, unsigned batch,
		struct test_job *test_job);

/** Run the job; a result that is not finite breaks the contract. */
cnnviz_status trial_run_checked(struct test_job *test_job, enum picture_order order,
		struct results *results, struct error *error);

/** Run a job that must succeed. Free the results with results_free() in either case. */
bool trial_run(struct trial *trial, struct test_job *test_job, enum picture_order order,
		struct results *results);

/** Report a fault if a handle was not released; `when` is a clause or "". */
void trial_check_leaks(struct trial *trial, const struct leftovers *left,
		const char *when);

/** Report a fault for each of enum process_change that a plugin has caused. */
void trial_check_process(struct trial *trial, unsigned changes);

#endif

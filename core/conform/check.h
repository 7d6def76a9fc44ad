/**
 * \file    conform/check.h
 * \brief   The checks of a conformance run
 */
#ifndef CONFORM_CHECK_H
#define CONFORM_CHECK_H

#include "conform/fixture.h"

/** A check that runs in its child process */
struct trial {
	const struct fixture *fixture;
	const char *digest; /* of the results in the check "runs"; "" before */
	FILE *report;       /* to the parent; see conform.c for the lines */
};

struct check {
	const char *name;
	const char *fact;
	void (*body)(struct trial *trial);
	bool always; /* carried out even if the plugin does not run */
};

extern const struct check checks[];
extern const size_t check_count;

/* What a check reports: sentences or, for steps, a clause that follows "when" */
void trial_step(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_fault(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_note(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_digest(struct trial *trial, const char *digest);
/** The checks that follow use FIXTURE_SEGMENTER. */
void trial_dense(struct trial *trial);
void trial_technique(struct trial *trial, const cnnviz_technique *technique);
/** The check does not apply to this technique. */
void trial_not_applicable(struct trial *trial);

/* Parts of checks */

/** Open the plugin's job, which the plugin must accept; reports a fault if that fails. */
bool trial_open(struct trial *trial, enum picture_set pictures, unsigned batch,
		struct test_job *test_job);

/** Run a job that must succeed. Free the results with results_free() in either case. */
bool trial_run(struct trial *trial, struct test_job *test_job, enum picture_order order,
		struct results *results);

/** Report a fault if a handle was not released; `when` is a clause or "". */
void trial_check_leaks(struct trial *trial, const struct leftovers *left,
		const char *when);

/* Checks of faults.c */
void check_interrupted(struct trial *trial);
void check_interrupted_midway(struct trial *trial);
void check_memory(struct trial *trial);
void check_services(struct trial *trial);

#endif

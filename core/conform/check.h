/**
 * \file    conform/check.h
 * \brief   The single checks of a conformance run
 */
#ifndef CONFORM_CHECK_H
#define CONFORM_CHECK_H

#include "conform/bench.h"

/** A check at work, in its child process */
struct trial {
	const struct bench *bench;
	const char *digest; /* of what the plugin gave in the check "runs"; "" before */
	FILE *report;       /* see conform.c for the lines */
};

struct check {
	const char *name;
	const char *fact;
	void (*body)(struct trial *trial);
	bool always; /* made even when the plugin does not run */
};

extern const struct check checks[];
extern const size_t check_count;

/* What a check tells; each of them a sentence or, for steps, a clause after "when" */
void trial_step(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_fault(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_note(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_digest(struct trial *trial, const char *digest);
/** The checks that follow use BENCH_SEGMENTER. */
void trial_dense(struct trial *trial);
void trial_technique(struct trial *trial, const cnnviz_technique *technique);
/** The check has no meaning for this technique. */
void trial_pass_over(struct trial *trial);

/* What checks are made of */

/** Open the plugin's job, which the plugin must find sensible; a fault where that fails. */
bool trial_open(struct trial *trial, enum bench_pictures pictures, unsigned batch,
		struct stage *stage);

/** Play what must succeed. Free the results with results_free() in any case. */
bool trial_play(struct trial *trial, struct stage *stage, enum stage_order order,
		struct results *results);

/** A fault where anything was not given up; `when` is a clause or "". */
void trial_judge(struct trial *trial, const struct leftovers *left, const char *when);

/* Checks of disturb.c */
void check_interrupted(struct trial *trial);
void check_interrupted_midway(struct trial *trial);
void check_memory(struct trial *trial);
void check_services(struct trial *trial);

#endif

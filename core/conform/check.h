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
	const char *digest;     /* of what the plugin gave in the check "runs"; "" before */
	FILE *report;           /* see trial.c for the lines */
};

struct check {
	const char *name;
	const char *fact;
	void (*body)(struct trial *trial);
	bool always;            /* made even when the plugin does not run */
};

extern const struct check checks[];
extern const size_t check_count;

/* What a check tells; each of them a sentence or, for steps, a clause after "when" */
void trial_step(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_fault(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_note(struct trial *trial, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void trial_digest(struct trial *trial, const char *digest);
void trial_technique(struct trial *trial, const cnnviz_technique *technique);
/** The check has no meaning for this technique. */
void trial_pass_over(struct trial *trial);

#endif

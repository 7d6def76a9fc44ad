/**
 * \file    run/run.h
 * \brief   Carries out a plan
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "host/session.h"
#include "run/exit.h"

struct run_options {
	bool fail_fast;
	bool quiet;
	bool keep;                /* what an earlier run has left in the output folder */
	bool resume;              /* go on where an earlier run has stopped */
	progress_taker *progress; /* or NULL */
	void *progress_context;
};

/**
 * \brief   Load the engine, run every job, write files, manifest and gallery
 *
 * \return  One of RUN_EXIT_*; messages have been printed.
 */
int run_plan(struct plan *plan, const struct run_options *options);

/** Start to show the progress of a session, and to tell it as the options say. */
struct progress *run_progress(const struct session *session,
		const struct run_options *options);

#endif

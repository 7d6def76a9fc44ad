/**
 * \file    run/run.h
 * \brief   Carrying out a plan
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "graph/logits.h"
#include "plan/plan.h"

struct run_options {
	bool fail_fast;
	bool quiet;
};

/** Exit codes of `cnnviz run`, part of the contract */
#define RUN_EXIT_DONE 0
#define RUN_EXIT_JOB_FAILED 1
#define RUN_EXIT_INPUT 2
#define RUN_EXIT_INTERRUPTED 130

/**
 * \brief   Load the engine, run every job, write files, manifest and gallery
 *
 * \return  One of RUN_EXIT_*; messages have been printed.
 */
int run_plan(struct plan *plan, const struct run_options *options);

/**
 * \brief   Classify pictures
 *
 * \param   top     How many classes for each picture (at most the classes there are)
 * \param   results picture_count * top places
 */
cnnviz_status run_classify(struct plan *plan, size_t top, struct classification *results,
		struct error *error);

#endif

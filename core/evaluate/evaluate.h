/**
 * \file    evaluate/evaluate.h
 * \brief   Measuring attribution jobs against annotated pictures
 */
#ifndef EVALUATE_EVALUATE_H
#define EVALUATE_EVALUATE_H

#include "evaluate/annotation.h"
#include "run/run.h"

struct evaluate_options {
	const char *folder; /* for the reports; NULL: "evaluation" in the plan's output */
	bool json;          /* print evaluation.json rather than the table */
	bool quiet;
};

/**
 * \brief   Compute the maps of every wanted attribution job, measure them, report
 *
 * The plan's pictures become the annotated ones, once for each object. Writes
 * evaluation.json, evaluation.txt and index.html, curves.svg and sanity.svg where these
 * were measured: all of them, or none. Prints the table to standard output.
 *
 * \param   annotations     Taken over
 *
 * \return  One of RUN_EXIT_*; messages have been printed.
 */
int evaluate_plan(struct plan *plan, struct annotations *annotations,
		const struct evaluate_options *options);

#endif

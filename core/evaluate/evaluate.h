/**
 * \file    evaluate/evaluate.h
 * \brief   Measures attribution jobs on annotated pictures
 */
#ifndef EVALUATE_EVALUATE_H
#define EVALUATE_EVALUATE_H

#include "evaluate/annotation.h"
#include "run/exit.h"

struct evaluate_options {
	const char *folder; /* of the reports; NULL: "evaluation" in the plan's output */
	bool json;          /* print evaluation.json instead of the tables */
	bool quiet;
};

/**
 * \brief   Compute the maps of the selected attribution jobs, measure them and write
 *                     reports
 *
 * The plan's pictures are replaced by the annotated ones, once for each object. Writes
 * evaluation.json, evaluation.txt and index.html, and curves.svg and sanity.svg if
 * these were measured: all of them, or none. Prints the tables to standard output.
 *
 * \param   annotations     Owned by the call, even if it fails
 *
 * \return  One of RUN_EXIT_*; messages have been printed.
 */
int evaluate_plan(struct plan *plan, struct annotations *annotations,
		const struct evaluate_options *options);

#endif

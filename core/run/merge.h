/**
 * \file    run/merge.h
 * \brief   Joins what shards of a run, or runs of several jobs, have made
 */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "run/exit.h"
#include "run/sources.h"

struct merge_options {
	const char *ini; /* absolute path that the user gives in place of the recorded one */
};

/**
 * \brief   Write manifest and gallery of all that the sources have into the plan's output
 *
 * No engine is loaded and no picture opened. Files of other folders are linked or copied. What
 * is missing is told, and the commands that make it go to standard output; then the manifest
 * says that the run was interrupted. Once nothing is missing, the shards' own manifests are
 * removed from the output folder.
 *
 * \param   plan    Of the whole run, for PLAN_FOR_MERGE
 *
 * \return  One of RUN_EXIT_*; messages have been printed.
 */
int merge_plan(struct plan *plan, const struct sources *sources,
		const struct merge_options *options);

#endif

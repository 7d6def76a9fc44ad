/**
 * \file    evaluate/merge.h
 * \brief   Joins what the shards of an evaluation have measured
 */
#ifndef EVALUATE_MERGE_H
#define EVALUATE_MERGE_H

#include <stddef.h>

#include "base/error.h"
#include "run/exit.h"

/** Where the shards' files are, and where the reports go: absolute paths */
struct evaluation_merge {
	char *const *folders;
	size_t folder_count;
	const char *output;
	const char *ini; /* in place of the one that the shards name; or NULL */
	const char *const *overrides; /* -s, behind those of the shards; or NULL */
};

/**
 * \brief   Make the reports of the evaluation that shards have measured
 *
 * They are those that one process writes, byte for byte, if its engine computes pictures
 * alike in any batch. Nothing is measured, and no picture is read but for its header. When
 * shards are missing, nothing is written; which, and the commands that measure them, are
 * printed.
 *
 * \param   problems    Of the INI file and the annotations, if these are wrong by now
 *
 * \return  One of RUN_EXIT_*; other messages have been printed. RUN_EXIT_JOB_FAILED also when
 *          something is missing.
 */
int evaluation_merge(const struct evaluation_merge *merge, struct problems *problems);

#endif

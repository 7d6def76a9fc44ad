/**
 * \file    run/merge_missing.h
 * \brief   Says what joined results lack, and with which commands it is made
 */
#ifndef RUN_MERGE_MISSING_H
#define RUN_MERGE_MISSING_H

#include "output/record.h"
#include "run/merge.h"

/**
 * \brief   Tell what a record lacks, shard by shard and job by job
 *
 * Sentences go to standard error, the commands that make what is missing to standard output.
 *
 * \return  Number of results that are missing; 0: nothing was told
 */
size_t merge_tell_missing(const struct record *record, const struct sources *sources,
		const struct merge_options *options);

#endif

/**
 * \file    run/merge_files.h
 * \brief   Brings the files of joined results into one folder, and misses those that are gone
 */
#ifndef RUN_MERGE_FILES_H
#define RUN_MERGE_FILES_H

#include "output/record.h"
#include "run/sources.h"

/** Files that a manifest lists and its folder does not have */
struct lost_files {
	size_t count;
	char *first[3]; /* the first ones; relative */
};

/**
 * \brief   Have all files of a record in the plan's output folder
 *
 * A result that lacks one is taken out of the record, and not done.
 *
 * \return  CNNVIZ_ERROR_IO if a file can be neither linked nor copied, CNNVIZ_ERROR_CANCELED
 *          after an interrupt
 */
cnnviz_status merge_bring_files(struct record *record, const struct sources *sources,
		struct lost_files *lost, struct error *error);

void lost_files_free(struct lost_files *lost);

#endif

/**
 * \file    output/earlier.h
 * \brief   The files that an earlier run left in the output folder
 *
 * The earlier manifest may come from anywhere and is not trusted: only names of the form
 * that a run gives its files, and that are there, are taken from it.
 */
#ifndef OUTPUT_EARLIER_H
#define OUTPUT_EARLIER_H

#include "output/record.h"

struct earlier {
	char **paths; /* relative to the output folder; smaller copies of pictures too */
	size_t count;
	char **jobs; /* names that its manifest has and folders that are there have */
	size_t job_count;
	char when[24]; /* when its manifest was written: "2026-11-27 09:42" */
};

/**
 * \brief   Read which files the output folder holds, before a new run writes to it
 *
 * The list is empty if there is no manifest, or none of this program.
 *
 * \param   shard   Whose files are wanted; of a whole run, count is 0: those of shards are
 *                  earlier ones as well
 */
struct earlier earlier_read(const char *output, struct plan_shard shard);

/** Take out of the list what a record has, because the new run has made it again. */
void earlier_drop_made(struct earlier *earlier, const struct record *record);

/** Take out of the list what is not in the output folder any more. */
void earlier_drop_missing(struct earlier *earlier, const char *output);

/**
 * \brief   Move files from the list to record->earlier, so that a later run can remove
 *          them
 *
 * \param   all     All, not only those of the file's jobs that this run leaves out
 *
 * \return  Number of files moved
 */
size_t earlier_hand_on(struct earlier *earlier, struct record *record, bool all);

/**
 * \brief   Remove the files of the list, and the folders that this empties
 *
 * Neither what is no regular file, nor what lies behind a symbolic link, nor a file that
 * the plan reads. Warns of files that cannot be removed.
 *
 * \return  Number of files removed
 */
size_t earlier_remove(const struct earlier *earlier, const struct plan *plan);

/** Free the list. */
void earlier_clear(struct earlier *earlier);

#endif

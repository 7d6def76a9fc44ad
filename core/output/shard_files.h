/**
 * \file    output/shard_files.h
 * \brief   Names of the files that the shards of a run have in their output folder
 */
#ifndef OUTPUT_SHARD_FILES_H
#define OUTPUT_SHARD_FILES_H

#include <stdbool.h>

#include "plan/plan.h"

/** What files a run or a shard of one has besides its results */
enum run_file {
	RUN_FILE_MANIFEST,   /* manifest.json, manifest-I-of-N.json */
	RUN_FILE_JOURNAL,    /* .cnnviz-journal, .cnnviz-journal-I-of-N */
	RUN_FILE_LOCK,       /* .cnnviz-lock, .cnnviz-lock-I-of-N */
	RUN_FILE_EVALUATION, /* evaluation.json, evaluation-I-of-N.json */
	RUN_FILE_KINDS,
};

/**
 * The manifest of a whole run, or a merge, that was in the folder before shards began anew:
 * it says what is left of that
 */
#define EARLIER_MANIFEST "manifest-earlier.json"

/** Name of a run's file in its output folder; a count of 0 is a whole run. Malloc'ed */
char *run_file_name(enum run_file kind, struct plan_shard shard);

/** A file of a shard that is in a folder */
struct shard_file {
	enum run_file kind;
	struct plan_shard shard;
};

/** In the order of their shards, kind by kind */
struct shard_files {
	struct shard_file *items;
	size_t count;
};

/**
 * What a folder has of shards; locks only while others than the shard `own` hold them. Empty
 * where there is none
 */
struct shard_files shard_files_list(const char *folder, struct plan_shard own);

void shard_files_free(struct shard_files *files);

/** Remove the files of one kind that shards have left in a folder: a whole run follows. */
void shard_files_remove(const char *folder, enum run_file kind);

#endif

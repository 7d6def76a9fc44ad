/**
 * \file    output/record_missing.c
 * \brief   Files of a record that somebody has removed meanwhile
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "output/record.h"

static bool is_missing(const struct record *record, const char *relative)
{
	char *path = relative != NULL ? path_join(record->plan->output, relative) : NULL;
	bool missing = path != NULL && access(path, F_OK) != 0;

	free(path);
	return missing;
}

static char *removed_sentence(const char *path)
{
	return memory_format("%s was removed before the run had ended", path);
}

/** Note why a job has less than it made. */
static void fail_job(struct record *record, const struct record_artifact *artifact,
		const char *path)
{
	char *reason = removed_sentence(path);

	if (artifact->picture != RECORD_NO_PICTURE) {
		record_fail_picture(record, artifact->job, artifact->picture, reason);
	} else {
		record_fail(record, &record->jobs[artifact->job - record->plan->jobs],
				reason);
	}
	free(reason);
}

/** Whether files of an artifact are missing, which are counted; a pack with its first row */
static bool check_artifact(struct record *record, const struct record_artifact *artifact,
		size_t *missing)
{
	bool path = is_missing(record, artifact->path);
	bool array = is_missing(record, artifact->array);

	if (!path && !array) {
		return false;
	}
	const char *gone = path ? artifact->path : artifact->array;

	fail_job(record, artifact, gone);
	*missing += (size_t)path + (size_t)array;
	*missing -= artifact->packed && artifact->row > 0
			&& is_missing(record, record_array_path(artifact));
	return true;
}

static size_t check_picture(const struct record *record, struct record_picture *picture)
{
	if (!is_missing(record, picture->input)) {
		return 0;
	}
	if (picture->failure == NULL) {
		picture->failure = removed_sentence(picture->input);
	}
	free(picture->input);
	picture->input = NULL;
	return 1;
}

size_t record_drop_missing(struct record *record)
{
	size_t missing = 0, kept = 0;

	for (size_t i = 0; i < record->plan->picture_count; i++) {
		missing += check_picture(record, &record->pictures[i]);
	}
	for (size_t i = 0; i < record->artifact_count; i++) {
		if (check_artifact(record, &record->artifacts[i], &missing)) {
			record_artifact_clear(&record->artifacts[i]);
		} else {
			record->artifacts[kept++] = record->artifacts[i];
		}
	}
	record->artifact_count = kept;
	return missing;
}

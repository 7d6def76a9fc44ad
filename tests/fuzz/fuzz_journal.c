/**
 * \file    fuzz/fuzz_journal.c
 * \brief   Any bytes as the journal that an earlier run has left in the output folder
 *
 * A run that goes on adopts what it tells of, as far as files are there: here scalars and
 * warnings, since the folder is empty. Nothing of it may be about others than the plan's jobs and
 * pictures, or lead out of the folder.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "output/adopt.h"
#include "output/earlier.h"
#include "output/journal.h"
#include "output/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A folder of our own, and the journal in it */
static char folder[] = "/tmp/cnnviz-fuzz-XXXXXX";
static char *path;

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
	free(path);
}

static void write_journal(const uint8_t *data, size_t size)
{
	if (path == NULL) {
		if (mkdtemp(folder) == NULL) {
			perror(folder);
			exit(99);
		}
		sample_plan.output = folder;
		path = journal_path(&sample_plan);
		atexit(remove_folder);
	}
	FILE *stream = fopen(path, "wb");

	if (stream == NULL || fwrite(data, 1, size, stream) != size
			|| fclose(stream) != 0) {
		perror(path);
		exit(99);
	}
}

/** A record that knows the digests of the sample's pictures and jobs */
static struct record *start_record(void)
{
	struct record *record = record_create(&sample_plan);

	sample_plan_complete();
	sample_digests(record);
	for (size_t i = 0; i < sample_plan.picture_count; i++) {
		strcpy(record->pictures[i].digest, SAMPLE_DIGEST);
	}
	return record;
}

static void check(const struct record *record)
{
	for (size_t i = 0; i < record->artifact_count; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		if (artifact->path != NULL
				|| !record_is_finished(record, artifact->job,
						artifact->picture)) {
			abort();
		}
	}
	for (size_t i = 0; i < sample_plan.picture_count; i++) {
		if (record->pictures[i].adopted || record->pictures[i].input != NULL) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_shard whole = { 0, 0 };

	write_journal(data, size);
	struct record *record = start_record();
	struct adopted adopted = adopt_earlier(record);
	struct earlier earlier = earlier_read(folder, whole);

	check(record);
	if (earlier.count > 0) {
		abort();
	}
	earlier_clear(&earlier);
	adopted_free(&adopted);
	record_free(record);
	return 0;
}

/**
 * \file    output/adopt.c
 * \brief   Takes over from an earlier run what a new one would make again
 */
#include "output/adopt.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/memory.h"
#include "output/adopt_parts.h"
#include "output/journal_read.h"
#include "output/shard_files.h"

/* ---- What may be adopted --------------------------------------------------------- */

/** Count as done what a manifest says is, and take back what would be another result now. */
static void choose(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	struct record *record = adoption->record;
	const struct known_job *known = &adoption->jobs[adoption_place(adoption, job)];
	struct record_job *entry = &record->jobs[adoption_place(adoption, job)];

	if (known->whole && job->selected
			&& (job_is_once(job) || adoption->pictures[picture].there)) {
		record_done(record, entry, picture);
	}
	if (record_is_finished(record, job, picture)
			&& !adoption_is_valid(adoption, job, picture)) {
		adoption->result->others += known->same;
		record_undo(record, entry, picture);
	}
}

/** Call a function for each result that the plan's jobs can have. */
static void for_each_result(const struct adoption *adoption,
		void (*call)(const struct adoption *adoption, const struct plan_job *job,
				size_t picture))
{
	const struct plan *plan = adoption->record->plan;

	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];

		if (job_is_once(job)) {
			call(adoption, job, RECORD_NO_PICTURE);
			continue;
		}
		for (size_t k = 0; k < plan->picture_count; k++) {
			call(adoption, job, k);
		}
	}
}

/* ---- Reading -------------------------------------------------------------------- */

static cnnviz_status skip_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	(void)context;
	(void)name;
	(void)value;
	(void)error;
	return CNNVIZ_OK;
}

static void count_result(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	adoption->result->results += record_is_finished(adoption->record, job, picture);
}

static void note_draws(const struct adoption *adoption)
{
	for (size_t i = 0; i < adoption->record->plan->job_count; i++) {
		struct record_job *job = &adoption->record->jobs[i];

		job->draws = job->draws
				|| (adoption->jobs[i].same && adoption->jobs[i].draws);
	}
}

/** Read the journal of a run or a shard or, without one, its manifest; false without both. */
static bool read_run(const struct adoption *adoption, struct plan_shard shard,
		const struct manifest_visitor *visitor)
{
	char *journal = run_file_name(RUN_FILE_JOURNAL, shard);
	char *manifest = run_file_name(RUN_FILE_MANIFEST, shard);
	FILE *file = folder_open_file(adoption->folder, journal);
	struct error error;
	bool found = file != NULL;

	if (found) {
		journal_read(file, visitor);
	} else {
		file = folder_open_file(adoption->folder, manifest);
		found = file != NULL && manifest_read(file, visitor, &error) == CNNVIZ_OK;
	}
	if (file != NULL) {
		fclose(file);
	}
	free(manifest);
	free(journal);
	return found;
}

/**
 * Read what shards have made before they were joined, or a whole run. When another shard
 * begins, it sets that aside.
 */
static bool read_joined(const struct adoption *adoption,
		const struct manifest_visitor *visitor)
{
	const struct plan_shard whole = { 0, 0 };
	FILE *file;
	struct error error;
	bool found = read_run(adoption, whole, visitor);

	file = found ? NULL : folder_open_file(adoption->folder, EARLIER_MANIFEST);
	if (file != NULL) {
		found = manifest_read(file, visitor, &error) == CNNVIZ_OK;
		fclose(file);
	}
	return found;
}

/** Read what the earlier run has left; of a whole one that was not merged, its shards. */
static bool read_earlier(const struct adoption *adoption,
		const struct manifest_visitor *visitor)
{
	const struct plan *plan = adoption->record->plan;
	struct shard_files files = { NULL, 0 };
	bool found = read_run(adoption, plan->shard, visitor);

	if (!found && plan->shard.count > 0) {
		return read_joined(adoption, visitor);
	}
	if (!found) {
		files = shard_files_list(plan->output, plan->shard);
	}
	for (size_t i = 0; i < files.count; i++) {
		bool first = i == 0
				|| memcmp(&files.items[i].shard,
						   &files.items[i - 1].shard,
						   sizeof(files.items[i].shard))
						!= 0;

		if (first && files.items[i].kind != RUN_FILE_LOCK) {
			found = read_run(adoption, files.items[i].shard, visitor)
					|| found;
		}
	}
	shard_files_free(&files);
	return found;
}

static void adopt(struct adoption *adoption)
{
	static const char *const known[] = { "jobs", "pictures", "done", NULL };
	static const char *const taken[] = { "pictures", "artifacts", "warnings", "rules",
		NULL };
	const struct manifest_visitor know = { known, adopt_know_member, adopt_know_item,
		adoption };
	const struct manifest_visitor take = { taken, skip_member, adopt_take_item,
		adoption };

	adoption->result->found = read_earlier(adoption, &know);
	for_each_result(adoption, choose);
	if (adoption->result->found) {
		read_earlier(adoption, &take);
	}
	adopt_drop_damaged(adoption);
	adopt_packs(adoption);
	adopt_drop_damaged(adoption);
	note_draws(adoption);
	for_each_result(adoption, count_result);
}

struct adopted adopt_earlier(struct record *record)
{
	const struct plan *plan = record->plan;
	struct adopted result = {
		.reasons = memory_new(plan->job_count, sizeof(*result.reasons)),
	};
	struct adoption adoption = {
		.record = record,
		.result = &result,
		.pictures = memory_new(plan->picture_count, sizeof(*adoption.pictures)),
		.jobs = memory_new(plan->job_count, sizeof(*adoption.jobs)),
		.folder = open(plan->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};

	if (adoption.folder >= 0) {
		adoption_index_names(&adoption);
		adopt(&adoption);
		close(adoption.folder);
	}
	name_index_free(&adoption.names);
	free(adoption.jobs);
	free(adoption.pictures);
	return result;
}

void adopted_free(struct adopted *adopted)
{
	free(adopted->reasons);
	*adopted = (struct adopted){ 0 };
}

/**
 * \file    run/merge.c
 * \brief   Joins what shards of a run, or runs of several jobs, have made
 */
#include "run/merge.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "output/claim.h"
#include "output/earlier.h"
#include "output/join.h"
#include "output/shard_files.h"
#include "plan/plugin_file.h"
#include "plan/shard.h"
#include "run/finish.h"
#include "run/merge_files.h"
#include "run/merge_missing.h"
#include "run/merge_read.h"

struct merge {
	struct plan *plan;
	const struct sources *sources;
	const struct merge_options *options;
	struct record *record;
	struct name_index names; /* of pictures */
	struct error *error;
};

/* ---- Records ---------------------------------------------------------------------------- */

/** Whether a source has, or was to have, what a conflict is about */
static bool concerns(const struct merge *merge, const struct source *source,
		const struct join_conflict *conflict)
{
	const struct plan *plan = merge->plan;
	bool named = conflict->job == NULL;

	for (size_t i = 0; i < source->job_count && !named; i++) {
		named = strcmp(source->jobs[i], conflict->job->name) == 0;
	}
	if (!named || source->shard.count == 0) {
		return named;
	}
	char *name = conflict->picture != RECORD_NO_PICTURE
			? shard_name(plan->ini->folder,
					plan->pictures[conflict->picture].path)
			: NULL;
	bool concerned = name == NULL
			|| shard_of(name, source->shard.count) == source->shard.index;

	free(name);
	return concerned;
}

/** Say which two manifests disagree, and about what. */
static cnnviz_status refuse(const struct merge *merge, size_t source,
		const struct join_conflict *conflict)
{
	const struct source *items = merge->sources->items;
	const char *job = conflict->job != NULL ? conflict->job->name : NULL;
	const char *picture = conflict->picture != RECORD_NO_PICTURE
			? merge->plan->pictures[conflict->picture].name
			: NULL;
	size_t other = 0;

	while (other + 1 < source && !concerns(merge, &items[other], conflict)) {
		other++;
	}
	return error_set(merge->error, CNNVIZ_ERROR_INPUT,
			"%s and %s have different results%s%s%s%s%s; join the folders of "
			"one run alone, or make one of the two again",
			items[other].path, items[source].path, job != NULL ? " of [" : "",
			job != NULL ? job : "", job != NULL ? "]" : "",
			picture != NULL ? " for picture " : "",
			picture != NULL ? picture : "");
}

/** Remember of which folder a part's files are. */
static void mark_origin(const struct record *part, size_t folder)
{
	for (size_t i = 0; i < part->artifact_count; i++) {
		part->artifacts[i].origin = (unsigned)folder;
	}
	for (size_t i = 0; i < part->plan->picture_count; i++) {
		part->pictures[i].origin = (unsigned)folder;
	}
}

/** Add what a source has; an earlier one that is of another plan has nothing. */
static cnnviz_status add_source(const struct merge *merge, size_t index)
{
	const struct source *source = &merge->sources->items[index];
	struct record *part = record_create(merge->plan);
	struct join_conflict conflict;
	struct error error = { 0 };
	cnnviz_status status = source_read(source, &merge->names, part, &error);

	mark_origin(part, source->folder);
	if (status != CNNVIZ_OK && source->earlier) {
		log_write(LOG_LEVEL_DETAIL, "%s has nothing of this run: %s",
				source->path, error.text);
		status = CNNVIZ_OK;
	} else if (status != CNNVIZ_OK) {
		status = error_set(merge->error, CNNVIZ_ERROR_INPUT,
				"%s does not belong to %s: %s", source->path,
				index > 0 ? merge->sources->items[0].path
					  : merge->plan->ini->path,
				error.text);
	} else if (!record_join(merge->record, part, source->earlier, &conflict)) {
		status = refuse(merge, index, &conflict);
	}
	record_free(part);
	return status;
}

static cnnviz_status add_sources(struct merge *merge)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < merge->plan->picture_count; i++) {
		*name_index_add(&merge->names, merge->plan->pictures[i].name,
				NULL) = (int64_t)i;
	}
	for (size_t i = 0; i < merge->sources->count && status == CNNVIZ_OK; i++) {
		status = interrupt_requested() ? error_set(merge->error,
					 CNNVIZ_ERROR_CANCELED, "interrupted")
					       : add_source(merge, i);
	}
	name_index_free(&merge->names);
	return status;
}

/* ---- The folder ---------------------------------------------------------------------------- */

static void remove_lock(const char *output, struct plan_shard shard)
{
	char *name = run_file_name(RUN_FILE_LOCK, shard);
	char *path = path_join(output, name);

	unlink(path);
	free(path);
	free(name);
}

/** Remove from the output folder what shards have said of themselves. */
static void remove_manifests(const struct merge *merge)
{
	const struct sources *sources = merge->sources;
	const char *output = merge->plan->output;

	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->items[i];

		if (strcmp(sources->folders[source->folder], output) != 0
				|| strcmp(source->name, "manifest.json") == 0) {
			continue;
		}
		unlink(source->path);
		if (source->journal != NULL) {
			unlink(source->journal);
		}
		/* Of a shard that was killed: nobody holds it. */
		if (source->shard.count > 0) {
			remove_lock(output, source->shard);
		}
	}
}

/** Write the reports, and tidy the folder up; returns the exit code. */
static int end(const struct merge *merge, struct earlier *earlier)
{
	struct record *record = merge->record;
	size_t missing = merge_tell_missing(record, merge->sources, merge->options);

	record->interrupted = missing > 0;
	finish_status(record, false);
	bool failed = run_has_failed(record), sheets = finish_sheets(record);

	earlier_drop_made(earlier, record);
	earlier_hand_on(earlier, record, failed || missing > 0);
	struct finish_reports reports = finish_write(record);

	if (!reports.manifest) {
		return RUN_EXIT_JOB_FAILED;
	}
	earlier_remove(earlier, merge->plan);
	if (missing == 0) {
		remove_manifests(merge);
	}
	log_write(LOG_LEVEL_INFO,
			"joined %zu manifest%s in %s; the gallery is %s/index.html",
			merge->sources->count, merge->sources->count == 1 ? "" : "s",
			merge->plan->output, merge->plan->output);
	return missing > 0 || failed || !sheets || !reports.indexes || !reports.gallery
			? RUN_EXIT_JOB_FAILED
			: RUN_EXIT_DONE;
}

static int tell(const struct error *error)
{
	if (error->status == CNNVIZ_ERROR_CANCELED) {
		return RUN_EXIT_INTERRUPTED;
	}
	log_write(LOG_LEVEL_ERROR, "%s", error->text);
	return error->status == CNNVIZ_ERROR_INPUT ? RUN_EXIT_INPUT : RUN_EXIT_JOB_FAILED;
}

/** Join the sources in a folder into which nobody else writes. */
static int merge_alone(struct merge *merge)
{
	const struct plan_shard whole = { 0, 0 };
	struct earlier earlier = earlier_read(merge->plan->output, whole);
	struct lost_files lost = { 0 };
	int code;

	plugin_files_digest(merge->plan);
	merge->record = record_create(merge->plan);
	if (add_sources(merge) != CNNVIZ_OK
			|| merge_bring_files(merge->record, merge->sources, &lost,
					   merge->error)
					!= CNNVIZ_OK) {
		code = tell(merge->error);
	} else {
		if (lost.count > 0) {
			log_write(LOG_LEVEL_ERROR,
					"%zu file%s that manifests list %s not there: "
					"%s%s%s%s%s%s",
					lost.count, lost.count == 1 ? "" : "s",
					lost.count == 1 ? "is" : "are", lost.first[0],
					lost.count > 1 ? ", " : "",
					lost.count > 1 ? lost.first[1] : "",
					lost.count > 2 ? ", " : "",
					lost.count > 2 ? lost.first[2] : "",
					lost.count > 3 ? ", ..." : "");
		}
		claim_sweep(merge->plan, &earlier);
		code = end(merge, &earlier);
	}
	lost_files_free(&lost);
	record_free(merge->record);
	earlier_clear(&earlier);
	return code;
}

/** Claim folders, the output first: nobody is to change any of them meanwhile. */
static cnnviz_status claim_all(const struct merge *merge, struct claim *claims,
		struct error *error)
{
	const struct sources *sources = merge->sources;
	const struct plan_shard whole = { 0, 0 };
	cnnviz_status status = claim_take(merge->plan->output, whole, &claims[0], error);

	for (size_t i = 0; i < sources->folder_count && status == CNNVIZ_OK; i++) {
		if (strcmp(sources->folders[i], merge->plan->output) != 0) {
			status = claim_take(sources->folders[i], whole, &claims[i + 1],
					error);
		}
		/* Nobody writes into a folder that this user cannot write into either. */
		if (status == CNNVIZ_ERROR_IO && access(sources->folders[i], W_OK) != 0) {
			status = CNNVIZ_OK;
		}
	}
	return status;
}

int merge_plan(struct plan *plan, const struct sources *sources,
		const struct merge_options *options)
{
	struct error error = { 0 };
	struct merge merge = {
		.plan = plan,
		.sources = sources,
		.options = options,
		.error = &error,
	};
	struct claim *claims = memory_new(sources->folder_count + 1, sizeof(*claims));
	int code = claim_all(&merge, claims, &error) == CNNVIZ_OK ? merge_alone(&merge)
								  : tell(&error);

	for (size_t i = 0; i <= sources->folder_count; i++) {
		claim_release(&claims[i]);
	}
	free(claims);
	return code;
}

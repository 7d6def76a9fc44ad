/**
 * \file    run/finish.c
 * \brief   How a run ends: what has become of its jobs, and the reports of it
 */
#include "run/finish.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "output/contact_sheet.h"
#include "output/gallery.h"
#include "output/manifest.h"
#include "output/pack_index.h"
#include "run/repeats.h"

/* ---- Status -------------------------------------------------------------------- */

/** Whether others make what belongs to the same gallery */
static bool is_shard(const struct plan *plan)
{
	return plan->shard.count > 0;
}

/** Number of this run's pictures that could be used */
static size_t usable_pictures(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->plan->picture_count; i++) {
		count += !record->plan->pictures[i].elsewhere
				&& record->pictures[i].failure == NULL;
	}
	return count;
}

/** Fail a job that failed on pictures, with the reason of the first of them. */
static void fail_by_pictures(struct record *record, struct record_job *job,
		size_t pictures)
{
	const struct record_failure *first = NULL;
	size_t failed = 0;

	for (size_t i = 0; i < record->failure_count; i++) {
		const struct record_failure *failure = &record->failures[i];

		if (failure->job == job->plan) {
			first = first == NULL ? failure : first;
			failed++;
		}
	}
	if (failed > 0) {
		char *reason = memory_format("%zu of %zu pictures failed; %s: %s", failed,
				pictures, record->plan->pictures[first->picture].name,
				first->reason);

		record_fail(record, job, failed < pictures ? reason : first->reason);
		free(reason);
	}
}

void finish_status(struct record *record, bool stopped)
{
	size_t pictures = usable_pictures(record);
	bool none = plan_own_pictures(record->plan) == 0;

	record_drop_elsewhere(record);
	record_sort(record);
	for (size_t i = 0; i < record->plan->job_count; i++) {
		struct record_job *job = &record->jobs[i];
		const struct plan_job *plan = job->plan;

		if (job->status != RECORD_FAILED) {
			fail_by_pictures(record, job, pictures);
		}
		if (job->status == RECORD_FAILED) {
			continue;
		}
		bool done = job_is_once(plan) ? job->done == 1
					      : plan->selected && (pictures > 0 || none)
						&& job->done == pictures;
		if (done) {
			job->status = RECORD_OK;
		} else if (record->interrupted) {
			job->status = RECORD_INTERRUPTED;
		} else {
			job->status = plan->selected || stopped ? RECORD_NOT_RUN
								: RECORD_OK;
		}
	}
}

bool run_has_failed(const struct record *record)
{
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (record->jobs[i].status == RECORD_FAILED) {
			return true;
		}
	}
	return record->failure_count > 0
			|| usable_pictures(record) < plan_own_pictures(record->plan);
}

/* ---- Reports ------------------------------------------------------------------- */

static bool tell(cnnviz_status status, const struct error *error)
{
	if (status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error->text);
	}
	return status == CNNVIZ_OK;
}

bool finish_sheets(struct record *record)
{
	struct error error = { 0 };

	return !record->plan->contact_sheet
			|| tell(contact_sheets_write(record, &error), &error);
}

struct finish_reports finish_write(struct record *record)
{
	struct error error = { 0 };
	struct finish_reports reports;

	reports.indexes = tell(pack_indexes_write(record, &error), &error);
	reports.manifest = tell(manifest_write(record, &error), &error);
	reports.gallery = is_shard(record->plan)
			|| tell(gallery_write(record, &error), &error);
	return reports;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/** Number of files, of packs each once, with its first row */
static size_t count_files(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->artifact_count; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		count += artifact->path != NULL;
		count += artifact->array != NULL;
		count -= artifact->packed && artifact->row > 0;
	}
	return count;
}

/** "9 of 10 pictures done; " if not all are; malloc'ed */
static char *describe_pictures(const struct record *record)
{
	size_t count = plan_own_pictures(record->plan), done = 0;

	for (size_t i = 0; i < record->plan->picture_count; i++) {
		done += !record->plan->pictures[i].elsewhere
				&& record_picture_is_done(record, i);
	}
	return done < count && !record->interrupted
			? memory_format("%zu of %zu pictures done; ", done, count)
			: memory_text("");
}

void finish_print(const struct record *record, bool written)
{
	const char *output = record->plan->output;
	bool gallery = written && !is_shard(record->plan);
	size_t files = count_files(record);
	char *pictures = describe_pictures(record);

	repeats_print(record);
	log_write(LOG_LEVEL_INFO, "%s%s%zu file%s in %s%s%s%s", pictures,
			record->interrupted ? "interrupted; kept " : "", files,
			plural(files), output, gallery ? "; the gallery is " : "",
			gallery ? output : "", gallery ? "/index.html" : "");
	free(pictures);
	if (is_shard(record->plan)) {
		log_write(LOG_LEVEL_INFO,
				"this was shard %zu of %zu; `cnnviz merge %s` joins them "
				"when all have ended",
				record->plan->shard.index, record->plan->shard.count,
				output);
	}
}

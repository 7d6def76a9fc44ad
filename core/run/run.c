/**
 * \file    run/run.c
 * \brief   Carries out a plan, from loading the engine to writing manifest and gallery
 */
#include "run/run.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "host/services.h"
#include "output/claim.h"
#include "output/earlier.h"
#include "output/contact_sheet.h"
#include "output/gallery.h"
#include "output/journal.h"
#include "output/manifest.h"
#include "output/pack_index.h"
#include "plan/plugin_file.h"
#include "run/isolate/isolate.h"
#include "run/isolate/witness.h"
#include "run/repeats.h"
#include "run/resume.h"
#include "run/work.h"

/* ---- The end ------------------------------------------------------------------- */

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

/** Set the final status of every job that did not fail as a whole. */
static void set_final_status(struct session *session, bool stopped)
{
	struct record *record = session->record;
	size_t pictures = usable_pictures(record);
	bool none = plan_own_pictures(session->plan) == 0;

	record_drop_elsewhere(record);
	record_sort(record);
	for (size_t i = 0; i < session->plan->job_count; i++) {
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

/** Which reports of a run have been written */
struct reports {
	bool sheets, indexes, manifest, gallery;
};

static bool tell(cnnviz_status status, const struct error *error)
{
	if (status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error->text);
	}
	return status == CNNVIZ_OK;
}

/** Write each that can be: one that cannot must not take the others with it. */
static struct reports write_reports(struct record *record)
{
	struct error error = { 0 };
	struct reports reports = { .sheets = true };

	if (record->plan->contact_sheet) {
		reports.sheets = tell(contact_sheets_write(record, &error), &error);
	}
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

static void print_end(const struct record *record, bool written)
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

/* ---- Run ----------------------------------------------------------------------- */

struct progress *run_progress(const struct session *session,
		const struct run_options *options)
{
	size_t results = 0, pictures = 0;

	for (size_t i = 0; i < session->plan->job_count; i++) {
		results += session->plan->jobs[i].selected ? session->jobs[i].wanted : 0;
	}
	for (size_t i = 0; i < session->plan->picture_count; i++) {
		pictures += session_uses_picture(session, i);
	}
	struct progress *progress = progress_start(results, pictures, options->quiet);

	if (options->progress != NULL) {
		progress_set_taker(progress, options->progress,
				options->progress_context);
	}
	return progress;
}

/**
 * What the earlier run left and this one did not make again: a run that was not complete
 * must not remove anything, so it lists these files for the next one; nor a shard, whose
 * pictures may be those of others now, so that it leaves them to the one who joins them.
 */
static void sort_out_earlier(struct session *session, struct earlier *earlier,
		bool complete)
{
	earlier_drop_made(earlier, session->record);
	bool shard = is_shard(session->plan);
	size_t kept = earlier_hand_on(earlier, session->record, shard || !complete);

	if (!complete && !shard && kept > 0) {
		log_write(LOG_LEVEL_INFO,
				"kept %zu file%s of the run of %s, since this one is not "
				"complete",
				kept, plural(kept), earlier->when);
	}
}

static void remove_earlier(const struct session *session, const struct earlier *earlier)
{
	size_t removed = earlier_remove(earlier, session->plan);

	if (removed > 0) {
		log_write(LOG_LEVEL_INFO, "removed %zu file%s of the run of %s", removed,
				plural(removed), earlier->when);
	}
}

/** Take out of the record, and of the earlier run's files, what somebody has removed. */
static void drop_missing(struct record *record, struct earlier *earlier)
{
	const char *output = record->plan->output;
	size_t missing = record_drop_missing(record);

	if (missing > 0) {
		earlier_drop_missing(earlier, output);
		log_write(LOG_LEVEL_ERROR,
				"%zu file%s of this run %s removed from %s before its "
				"end",
				missing, plural(missing), missing == 1 ? "was" : "were",
				output);
	}
}

/** What is needed to mark a run's folder, and to report if a plugin has ended the run */
struct folder_run {
	struct session *session;
	struct earlier *earlier;
	struct claim *claim;
	struct journal *journal;
	bool resume;
};

/** Remove the journal of a complete run; of another one, say how to go on. */
static void end_journal(const struct folder_run *run, bool complete)
{
	if (complete) {
		journal_remove(run->journal);
		return;
	}
	journal_add_digests(run->journal, run->session->record);
	if (run->session->record->interrupted || run->session->fail_fast) {
		log_write(LOG_LEVEL_INFO,
				"the same command with --resume goes on from here");
	}
}

/** Write the reports, and tidy the folder up; returns the exit code. */
static int finish(const struct folder_run *run)
{
	struct session *session = run->session;
	struct earlier *earlier = run->earlier;
	struct record *record = session->record;

	drop_missing(record, earlier);
	record->interrupted = interrupt_requested();
	set_final_status(session, run_has_failed(record) && session->fail_fast);
	bool failed = run_has_failed(record);
	sort_out_earlier(session, earlier, !failed && !record->interrupted);
	struct reports reports = write_reports(record);

	if (reports.manifest) {
		remove_earlier(session, earlier);
	}
	failed = failed || !reports.sheets || !reports.indexes || !reports.manifest
			|| !reports.gallery;
	end_journal(run, !failed && !record->interrupted);
	print_end(record, reports.gallery);
	return record->interrupted ? RUN_EXIT_INTERRUPTED
			: failed   ? RUN_EXIT_JOB_FAILED
				   : RUN_EXIT_DONE;
}

static void report_ended(void *context)
{
	const struct folder_run *run = context;

	finish(run);
	claim_release(run->claim); /* which the other process cannot do any more */
}

/** Do the work in this process; false if it cannot start */
static bool work_in_process(struct folder_run *run)
{
	struct session *session = run->session;
	struct witness *witness = witness_start(session, report_ended, run);
	bool opened = session_open(session);

	if (opened) {
		witness_send_engine(witness);
		session_work_and_digest(session);
	}
	witness_end(witness);
	return opened;
}

/**
 * Mark the folder as that of a run under way, and begin its journal. A run that goes on with
 * another one has what it adopts in the journal before the manifest forgets it. Otherwise the
 * manifest names the files that the journal told of before that is replaced; without a new
 * journal, an old one would tell of files that this run overwrites.
 */
static cnnviz_status begin(void *context, struct error *error)
{
	const struct folder_run *run = context;
	struct record *record = run->session->record;
	cnnviz_status status = run->resume
			? journal_begin(run->journal, record, run->earlier, error)
			: CNNVIZ_OK;

	if (status == CNNVIZ_OK) {
		status = claim_mark(record, run->earlier, error);
	}
	if (status == CNNVIZ_OK && !run->resume
			&& journal_begin(run->journal, record, run->earlier, NULL)
					!= CNNVIZ_OK) {
		journal_remove(run->journal);
	}
	return status;
}

/** Adopt what an earlier run has made, if that is asked for; false after an interrupt. */
static bool take_over(struct session *session, const struct run_options *options)
{
	if (options->resume) {
		return resume_earlier(session);
	}
	if (resume_is_possible(session->plan)) {
		log_write(LOG_LEVEL_INFO,
				"the run before this one in %s was not complete; this "
				"one "
				"begins anew (--resume goes on with it)",
				session->plan->output);
	}
	return true;
}

static int work(struct folder_run *run)
{
	struct session *session = run->session;

	if (session->plan->isolation.isolate) {
		return isolate_work(session);
	}
	return work_in_process(run) ? RUN_EXIT_DONE : RUN_EXIT_INPUT;
}

/** Carry the plan out in a folder that no other run writes into. */
static int run_alone(struct plan *plan, const struct run_options *options,
		struct claim *claim)
{
	struct session session;
	struct earlier earlier = earlier_read(plan->output, plan->shard);
	struct journal journal = journal_of(plan);
	struct folder_run run = { &session, &earlier, claim, &journal, options->resume };
	int code = RUN_EXIT_INTERRUPTED;

	if (!is_shard(plan)) {
		claim_sweep(plan, &earlier);
	}
	if (options->keep) {
		earlier_clear(&earlier);
	}
	plugin_files_digest(plan);
	session_start(&session, plan, &host_services);
	session.begin = (struct session_begin){ begin, &run };
	session.journal = &journal;
	session.fail_fast = options->fail_fast;
	if (take_over(&session, options)) {
		session.progress = run_progress(&session, options);
		code = work(&run);
		progress_end(session.progress);
	}
	if (code == RUN_EXIT_DONE) {
		code = finish(&run);
	}
	journal_close(&journal);
	earlier_clear(&earlier);
	session_end(&session);
	return code;
}

int run_plan(struct plan *plan, const struct run_options *options)
{
	struct claim claim;
	struct error error = { 0 };

	if (claim_take(plan->output, plan->shard, &claim, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return RUN_EXIT_INPUT;
	}
	int code = run_alone(plan, options, &claim);

	claim_release(&claim);
	return code;
}

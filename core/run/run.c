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
#include "output/journal.h"
#include "plan/plugin_file.h"
#include "run/finish.h"
#include "run/isolate/isolate.h"
#include "run/isolate/witness.h"
#include "run/resume.h"
#include "run/work.h"

/** Whether others make what belongs to the same gallery */
static bool is_shard(const struct plan *plan)
{
	return plan->shard.count > 0;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

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
	finish_status(record, run_has_failed(record) && session->fail_fast);
	bool failed = run_has_failed(record), sheets = finish_sheets(record);

	sort_out_earlier(session, earlier, !failed && !record->interrupted);
	struct finish_reports reports = finish_write(record);

	if (reports.manifest) {
		remove_earlier(session, earlier);
	}
	failed = failed || !sheets || !reports.indexes || !reports.manifest
			|| !reports.gallery;
	end_journal(run, !failed && !record->interrupted);
	finish_print(record, reports.gallery);
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
				"the last run in %s was not complete; starting over "
				"(--resume would continue it)",
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

/**
 * \file    evaluate/isolate.c
 * \brief   An evaluation in which every job has its own process
 */
#include "evaluate/isolate.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/text.h"
#include "evaluate/transfer.h"
#include "host/state.h"
#include "run/isolate/confine.h"
#include "run/isolate/worker.h"
#include "run/job_batch.h"
#include "run/work.h"

/** What a child leaves besides its record, in memory that it shares */
struct results {
	struct error error; /* why nothing could be measured; its status tells whether */
	char sources[];     /* one after the other: see transfer.h */
};

struct parent {
	const struct evaluation_work *work;
	struct watchdog *watchdog;
	struct results *results;
	size_t size;     /* of the results of all sources */
	char *readable;  /* for confined jobs; NULL until the engine has been loaded */
	size_t finished; /* results so far, for the progress */
};

/** A child, and what it measures */
struct part {
	struct worker worker; /* comes first: it is the child's context */
	const struct parent *parent;
	struct source *source; /* or NULL: the baselines */
};

static bool belongs(const struct source *source, const struct part *part)
{
	return part->source != NULL ? source == part->source : source->job == NULL;
}

/* ---- In the child -------------------------------------------------------------- */

static cnnviz_status prepare_process(const struct part *part, FILE *report,
		struct protocol_sender *sender, struct error *error)
{
	struct session *session = part->worker.session;
	bool measure = session->plan->isolation.memory_limit > 0;
	const struct confinement confinement = { NULL, part->worker.readable };
	cnnviz_status status = CNNVIZ_OK;

	session->listener = watchdog_listener(part->worker.watchdog);
	protocol_start(sender, session->record, report, NULL);
	if (part->source != NULL && session->plan->isolation.strict) {
		status = confine_job(session->plan, &confinement, error);
	}
	if (status == CNNVIZ_OK) {
		status = session_connect(session, error);
	}
	if (status == CNNVIZ_OK && part->source == NULL) {
		session_note_engine(session);
		watchdog_list_libraries(part->worker.watchdog);
		protocol_send_engine(sender);
	}
	return status != CNNVIZ_OK ? status
				   : watchdog_arm(part->worker.watchdog, measure, error);
}

static void measure_part(void *context, FILE *report)
{
	const struct part *part = context;
	const struct evaluation_work *work = part->parent->work;
	struct results *results = part->parent->results;
	char *place = results->sources;
	struct protocol_sender sender;
	cnnviz_status status = prepare_process(part, report, &sender, &results->error);

	if (status == CNNVIZ_OK) {
		status = work->measure(work->context, &results->error);
	}
	results->error.status = status;
	for (size_t i = 0; i < work->evaluation->source_count; i++) {
		const struct source *source = &work->evaluation->sources[i];

		if (belongs(source, part)) {
			transfer_put(work->evaluation, source, place);
			place += transfer_size(work->evaluation, source);
		}
	}
	session_stop_jobs(work->session);
	worker_end_if_told();
	protocol_finish(&sender);
}

/* ---- In the parent ------------------------------------------------------------- */

/** The error that a child has left, whatever it may have written there */
static cnnviz_status take_error(const struct parent *parent, struct error *error)
{
	*error = parent->results->error;
	error->text[sizeof(error->text) - 1] = '\0';
	error->status = error->status == CNNVIZ_OK ? CNNVIZ_OK : CNNVIZ_ERROR_PLUGIN;
	return error->status;
}

static void take_results(struct parent *parent, const struct part *part)
{
	struct evaluation *evaluation = parent->work->evaluation;
	const char *place = parent->results->sources;

	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct source *source = &evaluation->sources[i];

		if (belongs(source, part)) {
			transfer_take(evaluation, source, place);
			place += transfer_size(evaluation, source);
		}
	}
}

/** Run a child for a part; an error only if that cannot be started. */
static cnnviz_status run_part(struct parent *parent, struct part *part,
		struct error *error)
{
	struct evaluation *evaluation = parent->work->evaluation;
	struct session *session = parent->work->session;

	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct source *source = &evaluation->sources[i];

		source->elsewhere = !belongs(source, part);
		parent->finished += source->elsewhere
				? 0
				: plan_own_pictures(evaluation->plan);
		if (!source->elsewhere && source_is_compared(source)) {
			parent->finished += evaluation->stage_count
					* evaluation->compared;
		}
	}
	memset(parent->results, 0, sizeof(*parent->results) + parent->size);
	part->worker = (struct worker){ .session = session,
		.watchdog = parent->watchdog,
		.readable = parent->readable };
	part->parent = parent;
	session->phase = part->source != NULL ? PHASE_JOB : PHASE_PICTURES;
	session->job = part->source != NULL ? session_job(session, part->source->job)
					    : NULL;
	progress_single_job(session->progress,
			part->source != NULL ? part->source->name : "baselines");
	cnnviz_status status = worker_run(&part->worker, measure_part, error);

	progress_set_results(session->progress, parent->finished);
	return status;
}

/** The files that confined jobs read besides the pictures: libraries and masks; malloc'ed */
static char *list_readable(const struct parent *parent)
{
	const struct annotations *annotations = parent->work->evaluation->annotations;
	char *list = watchdog_copy_libraries(parent->watchdog);
	size_t length = 0;

	while (list[length] != '\0') {
		length += strlen(list + length) + 1;
	}
	for (size_t i = 0; i < annotations->count; i++) {
		for (size_t k = 0; k < annotations->pictures[i].count; k++) {
			const char *mask = annotations->pictures[i].objects[k].mask;
			size_t more = mask != NULL ? strlen(mask) + 1 : 0;

			list = memory_resize(list, length + more + 1, 1);
			memcpy(list + length, mask != NULL ? mask : "", more);
			length += more;
		}
	}
	list[length] = '\0';
	return list;
}

/** Measure the baselines, and find out whether anything can be measured at all. */
static cnnviz_status run_baselines(struct parent *parent, struct error *error)
{
	struct part part = { .source = NULL };
	const struct record *record = parent->work->session->record;

	if (run_part(parent, &part, error) != CNNVIZ_OK) {
		return error->status;
	}
	if (record->engine_description != NULL) {
		parent->work->evaluation->engine =
				memory_text(record->engine_description);
	}
	if (worker_succeeded(&part.worker)) {
		parent->readable = list_readable(parent);
		take_results(parent, &part);
		return take_error(parent, error);
	}
	char *end = worker_describe_end(&part.worker);

	error_set(error, CNNVIZ_ERROR_ENGINE,
			"the process that measures the baselines %s", end);
	free(end);
	return error->status;
}

static void source_failed(const struct parent *parent, struct source *source,
		const struct error *error)
{
	struct job *job = session_job(parent->work->session, source->job);

	job_failed(job, error); /* which tells, unless it has failed before */
	free(source->failure);
	source->failure = text_utf8(job->record->reason);
}

static void run_source(struct parent *parent, struct source *source)
{
	struct session *session = parent->work->session;
	struct part part = { .source = source };
	struct job *job = session_job(session, source->job);
	struct error error = { 0 };

	if (job->record->status == RECORD_FAILED) {
		source->failure = memory_text(job->record->reason);
	} else if (job_is_blocked(job, &error)
			|| run_part(parent, &part, &error) != CNNVIZ_OK) {
		source_failed(parent, source, &error);
	} else if (worker_succeeded(&part.worker)) {
		take_results(parent, &part);
		if (take_error(parent, &error) != CNNVIZ_OK && source->failure == NULL) {
			source_failed(parent, source, &error);
		}
	} else if (!interrupt_requested()) {
		worker_fail_jobs(&part.worker);
		source->failure = memory_text(job->record->reason);
	}
}

cnnviz_status evaluation_isolate(const struct evaluation_work *work, struct error *error)
{
	struct evaluation *evaluation = work->evaluation;
	struct parent parent = { .work = work, .watchdog = watchdog_create() };

	for (size_t i = 0; i < evaluation->source_count; i++) {
		parent.size += transfer_size(evaluation, &evaluation->sources[i]);
	}
	parent.results = child_share(sizeof(*parent.results) + parent.size);
	cnnviz_status status = run_baselines(&parent, error);

	for (size_t i = 0; i < evaluation->source_count && status == CNNVIZ_OK; i++) {
		struct source *source = &evaluation->sources[i];

		if (source->job != NULL && !interrupt_requested()) {
			run_source(&parent, source);
		}
	}
	child_unshare(parent.results, sizeof(*parent.results) + parent.size);
	free(parent.readable);
	watchdog_free(parent.watchdog);
	return interrupt_requested() ? CNNVIZ_ERROR_CANCELED : status;
}

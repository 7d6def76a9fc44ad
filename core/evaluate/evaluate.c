/**
 * \file    evaluate/evaluate.c
 * \brief   Runs an evaluation: the maps of each object, their measures, the sanity
 *                     checks
 */
#include "evaluate/evaluate.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "evaluate/baseline.h"
#include "evaluate/compare.h"
#include "evaluate/evaluation.h"
#include "evaluate/isolate.h"
#include "evaluate/judge.h"
#include "evaluate/portion_file.h"
#include "evaluate/prepare.h"
#include "evaluate/report.h"
#include "host/batch_pass.h"
#include "host/batch_reader.h"
#include "host/drawing.h"
#include "host/maps.h"
#include "host/regions.h"
#include "host/services.h"
#include "host/session.h"
#include "output/claim.h"
#include "output/shard_files.h"
#include "plan/plugin_file.h"
#include "run/isolate/confine.h"
#include "run/isolate/witness.h"

struct driver {
	struct evaluation *evaluation;
	struct session session;
	struct comparison *comparison; /* NULL without sanity checks */
	struct error error;            /* why the evaluation failed */
};

/* ---- Sources over a batch ------------------------------------------------------ */

static void source_failed(struct driver *driver, struct source *source,
		const struct error *error)
{
	if (source->failure == NULL && !interrupt_requested()) {
		source->failure = memory_text(error->text);
		log_write(LOG_LEVEL_ERROR, "%s: [%s] %s: %s",
				driver->evaluation->plan->ini->path, source->name,
				source->job != NULL ? source->job->plugin->technique.name
						    : "baseline",
				error->text);
	}
}

/* Number of pictures whose last object is in the current batch */
static size_t finished_pictures(const struct driver *driver)
{
	const struct evaluation *evaluation = driver->evaluation;
	const struct batch *batch = driver->session.batch;
	size_t count = 0;

	for (size_t n = 0; n < batch->count; n++) {
		size_t next = batch->pictures[n] + 1;
		count += next == evaluation->target_count
				|| evaluation->targets[next].picture
						!= evaluation->targets[next - 1].picture;
	}
	return count;
}

/* Numbers that are none would be found in the maps, and their techniques blamed. */
static cnnviz_status check_logits(struct driver *driver)
{
	struct session *session = &driver->session;
	cnnviz_tensor *logits = NULL;
	cnnviz_status status = batch_pass_logits(session, &logits, &driver->error);

	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		status = batch_check_logits(session->plan, session->batch, logits, n,
				&driver->error);
	}
	tensor_unref(logits);
	return status;
}

/*
 * Compute the maps of all sources, so that curves, which run the network too, are not
 * measured while the pass of the batch is in memory.
 */
static cnnviz_status compute_maps(struct driver *driver)
{
	struct session *session = &driver->session;

	for (size_t i = 0; i < driver->evaluation->source_count; i++) {
		source_expect(&driver->evaluation->sources[i], session);
	}
	cnnviz_status status = check_logits(driver);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (size_t i = 0; i < driver->evaluation->source_count; i++) {
		struct source *source = &driver->evaluation->sources[i];
		const cnnviz_tensor *maps = NULL;
		struct error error = { 0 };

		if (source->job == NULL || source->masks || !source_is_due(source)) {
			continue;
		}
		progress_job(session->progress, source->name, session->batch->count);
		if (source_maps(source, session, &maps, &error) != CNNVIZ_OK) {
			source_failed(driver, source, &error);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status measure_batch(struct driver *driver)
{
	struct evaluation *evaluation = driver->evaluation;
	size_t count = driver->session.batch->count;
	struct subject *subjects = memory_new(count, sizeof(*subjects));
	cnnviz_status status = compute_maps(driver);

	if (status == CNNVIZ_OK) {
		status = subjects_start(evaluation, &driver->session, subjects,
				&driver->error);
	}
	for (size_t i = 0; i < evaluation->source_count && status == CNNVIZ_OK; i++) {
		struct source *source = &evaluation->sources[i];
		struct error error = { 0 };

		if (source->elsewhere) {
			continue;
		}
		progress_job(driver->session.progress, source->name, count);
		if (source->failure == NULL
				&& judge_source(evaluation, &driver->session, source,
						   subjects, &error)
						!= CNNVIZ_OK) {
			source_failed(driver, source, &error);
		}
		progress_results(driver->session.progress, count);
		if (interrupt_requested()) {
			status = CNNVIZ_ERROR_CANCELED;
		}
	}
	subjects_end(subjects, count);
	free(subjects);
	return status;
}

/* Whether this shard measures a target */
static bool is_own(const void *context, size_t target)
{
	return session_wants_picture(context, target);
}

static cnnviz_status measure_all(struct driver *driver)
{
	struct session *session = &driver->session;
	struct batch_reader *reader = batch_reader_create(session->plan,
			(struct batch_choice){ .wants = is_own, .context = session },
			NULL);
	cnnviz_status status = CNNVIZ_OK;

	while (status == CNNVIZ_OK) {
		size_t failed = 0;

		status = batch_read(reader, &session->batch, &failed, &driver->error);
		if (status != CNNVIZ_OK || session->batch == NULL) {
			break;
		}
		status = measure_batch(driver);
		if (status == CNNVIZ_OK && driver->comparison != NULL) {
			status = comparison_keep(driver->comparison, session,
					&driver->error);
		}
		size_t finished = finished_pictures(driver);

		progress_pictures(session->progress, finished, finished);
		batch_pass_end(session);
		maps_clear(session);
		batch_free(session->batch);
		session->batch = NULL;
	}
	batch_reader_free(reader);
	return status;
}

/* ---- Running an evaluation ----------------------------------------------------- */

/* Number of sources whose maps the sanity checks compare */
static size_t count_compared(const struct evaluation *evaluation)
{
	size_t count = 0;

	for (size_t i = 0; i < evaluation->source_count; i++) {
		count += source_is_compared(&evaluation->sources[i]);
	}
	return count;
}

/* Number of pictures whose objects are measured here */
static size_t count_pictures(const struct evaluation *evaluation)
{
	size_t count = 0;

	for (size_t i = 0; i < evaluation->target_count; i++) {
		count += !evaluation->plan->pictures[i].elsewhere
				&& (i == 0
						|| evaluation->targets[i].picture
								!= evaluation->targets[i - 1]
										   .picture);
	}
	return count;
}

static cnnviz_status driver_open(struct driver *driver, bool quiet)
{
	struct evaluation *evaluation = driver->evaluation;
	struct plan *plan = evaluation->plan;
	struct session *session = &driver->session;
	size_t results = evaluation->source_count * plan_own_pictures(plan);
	cnnviz_status status = CNNVIZ_OK;

	session_start(session, plan, &host_services);
	/* Do not warn of empty maps: the report has a column for them. */
	session->quiet_maps = true;
	if (plan->evaluation.sanity) {
		status = comparison_start(evaluation, &driver->comparison,
				&driver->error);
		results += count_compared(evaluation) * evaluation->stage_count
				* evaluation->compared;
	}
	session->progress = progress_start(results, count_pictures(evaluation), quiet);
	return status;
}

/* Whether maps of this process's sources are compared with those of random networks */
static bool compares(const struct driver *driver)
{
	const struct evaluation *evaluation = driver->evaluation;

	for (size_t i = 0; evaluation->compared > 0 && i < evaluation->source_count;
			i++) {
		if (source_is_compared(&evaluation->sources[i])
				&& source_is_due(&evaluation->sources[i])) {
			return true;
		}
	}
	return false;
}

/* Measure all sources that are due, on a session that is connected. */
static cnnviz_status measure(void *context, struct error *error)
{
	struct driver *driver = context;
	cnnviz_status status = targets_prepare(&driver->session, &driver->error);

	if (status == CNNVIZ_OK) {
		status = measure_all(driver);
	}
	if (status == CNNVIZ_OK && compares(driver)) {
		status = comparison_run(driver->comparison, &driver->session,
				&driver->error);
	}
	*error = driver->error;
	return status;
}

/* What the process that bears witness does; it says who has ended the evaluation. */
static void release_claim(void *context)
{
	claim_release(context);
}

/* Measure in this process, which a plugin may end; then at least somebody says so. */
static cnnviz_status measure_here(struct driver *driver, struct claim *claim)
{
	struct session *session = &driver->session;
	struct witness *witness = witness_start(session, release_claim, claim);
	cnnviz_status status = session_connect(session, &driver->error);

	if (status == CNNVIZ_OK) {
		driver->evaluation->engine = memory_text(session->engine->describe());
		status = measure(driver, &driver->error);
	}
	witness_end(witness);
	return status;
}

static cnnviz_status measure_apart(struct driver *driver)
{
	const struct evaluation_work work = {
		.evaluation = driver->evaluation,
		.session = &driver->session,
		.measure = measure,
		.context = driver,
	};

	return evaluation_isolate(&work, &driver->error);
}

static void driver_close(struct driver *driver)
{
	struct session *session = &driver->session;

	progress_end(session->progress);
	session->progress = NULL;
	comparison_end(driver->comparison);
	session_end(session);
}

static int report(struct evaluation *evaluation, const char *folder, bool json)
{
	struct error error = { 0 };
	int code = evaluation_any_failure(evaluation) ? RUN_EXIT_JOB_FAILED
						      : RUN_EXIT_DONE;

	if (report_write(evaluation, folder, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return RUN_EXIT_JOB_FAILED;
	}
	shard_files_remove(folder, RUN_FILE_EVALUATION);
	report_print(evaluation, json);
	log_write(LOG_LEVEL_INFO, "the report is %s/index.html", folder);
	return code;
}

/* Write what a shard has measured, from which `cnnviz merge` makes the report. */
static int report_shard(const struct evaluation *evaluation, const char *folder)
{
	const struct plan_shard *shard = &evaluation->plan->shard;
	struct error error = { 0 };

	plugin_files_digest(evaluation->plan);
	if (portion_write(evaluation, folder, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return RUN_EXIT_JOB_FAILED;
	}
	log_write(LOG_LEVEL_INFO,
			"shard %zu/%zu: %zu of %zu objects were measured; `cnnviz merge "
			"%s` makes the report when all are",
			shard->index, shard->count, plan_own_pictures(evaluation->plan),
			evaluation->target_count, folder);
	return evaluation_any_failure(evaluation) ? RUN_EXIT_JOB_FAILED : RUN_EXIT_DONE;
}

static bool has_jobs(const struct plan *plan)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		if (source_is_measured(&plan->jobs[i])) {
			return true;
		}
	}
	log_write(LOG_LEVEL_ERROR,
			"%s: no job gives maps to measure; add a section with the name "
			"of an attribution technique, or select one with --only",
			plan->ini->path);
	return false;
}

/* Evaluate in a folder that no other run writes into. */
static int evaluate_alone(struct driver *driver, struct claim *claim,
		const struct evaluate_options *options)
{
	struct evaluation *evaluation = driver->evaluation;
	int code;

	/* Shards do not know what others are writing. */
	if (evaluation->plan->shard.count == 0) {
		writer_remove_stale(claim->output, 0, 0);
	}
	cnnviz_status status = driver_open(driver, options->quiet);

	if (status == CNNVIZ_OK) {
		status = evaluation->plan->isolation.isolate
				? measure_apart(driver)
				: measure_here(driver, claim);
	}
	driver_close(driver);
	if (interrupt_requested()) {
		log_write(LOG_LEVEL_ERROR, "interrupted; nothing was written");
		code = RUN_EXIT_INTERRUPTED;
	} else if (status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", driver->error.text);
		code = evaluation->engine == NULL ? RUN_EXIT_INPUT : RUN_EXIT_JOB_FAILED;
	} else {
		model_digest(evaluation->plan->model);
		code = evaluation->plan->shard.count > 0
				? report_shard(evaluation, claim->output)
				: report(evaluation, claim->output, options->json);
	}
	return code;
}

int evaluate_plan(struct plan *plan, struct annotations *annotations,
		const struct evaluate_options *options)
{
	struct driver driver = { 0 };
	struct claim claim;
	int code = RUN_EXIT_INPUT;

	if (!has_jobs(plan) || !confine_is_possible(plan)) {
		annotations_free(annotations);
		return code;
	}
	char *folder = options->folder != NULL ? memory_text(options->folder)
					       : path_join(plan->output, "evaluation");

	driver.evaluation = evaluation_create(plan, annotations);
	if (claim_take(folder, plan->shard, &claim, &driver.error) == CNNVIZ_OK) {
		code = evaluate_alone(&driver, &claim, options);
		claim_release(&claim);
	} else {
		log_write(LOG_LEVEL_ERROR, "%s", driver.error.text);
	}
	evaluation_free(driver.evaluation);
	free(folder);
	return code;
}

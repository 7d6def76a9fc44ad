/**
 * \file    run/run.c
 * \brief   Carrying out a plan: batches of pictures outside, jobs inside
 *
 * So only one batch's maps are alive at a time, and every job finds those that
 * earlier jobs have computed.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "run/gallery.h"
#include "run/manifest.h"
#include "run/services.h"

/* ---- Engine ------------------------------------------------------------------ */

static bool ask_interrupted(void *context)
{
	(void)context;
	return interrupt_requested();
}

cnnviz_status network_open(const struct plan *plan, const struct graph *graph,
		const struct engine **engine, struct engine_network **network,
		struct error *error)
{
	const struct engine_options options = {
		.tensor = &tensor_api,
		.threads = plan->threads,
		.device = plan->device,
		.cancelled = ask_interrupted,
	};
	cnnviz_status status = engine_load(plan->paths->engine_folder, plan->engine,
			engine, error);

	return status != CNNVIZ_OK ? status
			: (*engine)->open(&options, graph, network, error);
}

/* ---- Messages ---------------------------------------------------------------- */

void session_job_failed(struct session *session, size_t index, const struct error *error)
{
	const struct plan *plan = session->plan;
	const struct plan_job *job = &plan->jobs[index];

	if (session->record->jobs[index].status == RECORD_FAILED) {
		return;
	}
	record_fail(session->record, index, error->text);
	log_write(LOG_LEVEL_ERROR, "%s: [%s] %s (plugin %s): %s", plan->ini->path,
			job->name, job->plugin->technique.name, job->plugin->path,
			error->text);
}

static void picture_failed(struct session *session, size_t index,
		const struct error *error)
{
	struct record_picture *picture = &session->record->pictures[index];

	if (!picture->failure) {
		picture->failure = memory_text(error->text);
	}
	log_write(LOG_LEVEL_ERROR, "%s: [input] images: %s", session->plan->ini->path,
			error->text);
}

/* ---- One job on one batch ------------------------------------------------------ */

static bool is_once(const struct plan_job *job)
{
	return job->plugin->technique.kind == CNNVIZ_KIND_GENERAL
			&& job->plugin->technique.run_mode == CNNVIZ_RUN_ONCE;
}

/** A needed job that failed, or NULL */
static const char *failed_need(const struct session *session, const struct plan_job *job)
{
	for (size_t i = 0; i < job->need_count; i++) {
		if (session->record->jobs[job->needs[i]].status == RECORD_FAILED) {
			return session->plan->jobs[job->needs[i]].name;
		}
	}
	return NULL;
}

/** Targets of the present batch for a job: its own `target`, or the pictures' */
static int64_t *job_targets(const struct session *session, const struct plan_job *job)
{
	const struct batch *batch = session->batch;
	int64_t *targets = memory_new(batch->count, sizeof(*targets));
	size_t place = parameter_find(attribution_parameters,
			attribution_parameter_count, "target");
	const struct value *own = job->common && place < attribution_parameter_count
			? &job->common[place] : NULL;

	for (size_t n = 0; n < batch->count; n++) {
		targets[n] = own && own->set ? own->integer
				: session->record->pictures[batch->pictures[n]].target;
	}
	return targets;
}

static cnnviz_status attribute_batch(struct session *session, size_t index,
		const int64_t *targets, struct error *error)
{
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = maps_get(session, index, 0, session->batch->count,
			targets, &maps, error);

	return status != CNNVIZ_OK ? status
			: maps_write(session, index, maps, targets, error);
}

static cnnviz_status run_pictures(struct session *session, size_t index,
		const int64_t *targets, struct error *error)
{
	struct batch *pictures = session->batch;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < pictures->count && status == CNNVIZ_OK; n++) {
		cnnviz_batch batch = {
			.struct_size = sizeof(batch), .count = 1,
			.inputs = batch_item(pictures, n), .targets = &targets[n],
			.streams = &pictures->streams[n],
		};

		if (!batch.inputs) {
			return error_set(error, CNNVIZ_ERROR_MEMORY, "memory is too short");
		}
		progress_job(session->progress, session->plan->jobs[index].name, 1);
		status = job_run(session, index, &batch, &pictures->pictures[n], error);
		if (status == CNNVIZ_OK) {
			session->record->jobs[index].done++;
			progress_results(session->progress, 1);
		}
	}
	return status;
}

/** Note how a job's call ended; false stops the run. */
static bool settle(struct session *session, size_t index, cnnviz_status status,
		const struct error *error)
{
	/* An interrupted technique may pass the cause on in its own words. */
	if (status != CNNVIZ_OK && !interrupt_requested()) {
		session_job_failed(session, index, error);
		return !session->options->fail_fast;
	}
	return !interrupt_requested();
}

static bool run_job(struct session *session, size_t index)
{
	const struct plan_job *job = &session->plan->jobs[index];
	size_t count = session->batch ? session->batch->count : 1;
	struct error error = { 0 };
	cnnviz_status status;

	const char *need = failed_need(session, job);
	if (need) {
		status = error_set(&error, CNNVIZ_ERROR_UNSUPPORTED,
				"not possible because job [%s] failed", need);
		progress_results(session->progress, count);
		return settle(session, index, status, &error);
	}
	if (is_once(job)) {
		progress_job(session->progress, job->name, 1);
		status = job_run(session, index, NULL, NULL, &error);
		progress_results(session->progress, 1);
		session->record->jobs[index].done += status == CNNVIZ_OK;
		return settle(session, index, status, &error);
	}
	int64_t *targets = job_targets(session, job);
	if (job->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION) {
		progress_job(session->progress, job->name, count);
		status = attribute_batch(session, index, targets, &error);
		progress_results(session->progress, count);
	} else {
		status = run_pictures(session, index, targets, &error);
	}
	free(targets);
	return settle(session, index, status, &error);
}

/** Jobs of the present batch, or without one those that run once; false stops */
static bool run_jobs(struct session *session)
{
	for (size_t i = 0; i < session->plan->job_count; i++) {
		const struct plan_job *job = &session->plan->jobs[i];

		if (!job->wanted || is_once(job) != (session->batch == NULL)) {
			continue;
		}
		if (session->record->jobs[i].status == RECORD_FAILED) {
			progress_results(session->progress,
					session->batch ? session->batch->count : 1);
			continue;
		}
		if (interrupt_requested() || !run_job(session, i)) {
			return false;
		}
	}
	return !interrupt_requested();
}

/* ---- One batch ----------------------------------------------------------------- */

static cnnviz_status note_picture(struct session *session, const cnnviz_tensor *logits,
		size_t n, struct error *error)
{
	const struct batch *batch = session->batch;
	struct record_picture *picture = &session->record->pictures[batch->pictures[n]];
	size_t classes = (size_t)session->plan->model->class_count;
	unsigned char *inside = NULL;

	picture->top_count = classes < RECORD_TOP ? classes : RECORD_TOP;
	logits_rank(logits, n, picture->top_count, picture->top);
	if (picture->target == PLAN_TARGET_PREDICTED) {
		picture->target = picture->top[0].index;
	}
	cnnviz_status status = session_region(session, n, picture->target, &inside, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct classification target = logits_class(logits, n, picture->target, inside);
	picture->target_logit = target.logit;
	picture->target_probability = target.probability;
	picture->width = batch->images[n]->width;
	picture->height = batch->images[n]->height;
	picture->done = true;
	free(inside);
	return CNNVIZ_OK;
}

static cnnviz_status note_classes(struct session *session, const cnnviz_tensor *logits,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (logits_are_dense(logits)) {
		batch_keep_labels(session->batch, logits);
	}
	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		status = note_picture(session, logits, n, error);
	}
	return status;
}

/** What every job needs: the classes, and the network's view for the gallery */
static cnnviz_status prepare_batch(struct session *session, struct error *error)
{
	cnnviz_tensor *logits = NULL;
	cnnviz_status status = batch_logits(session->engine, session->network,
			session->plan->model->graph, session->batch, &logits, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = note_classes(session, logits, error);
	tensor_unref(logits);
	return status != CNNVIZ_OK ? status : inputs_write(session, error);
}

static bool run_batch(struct session *session)
{
	const struct batch *batch = session->batch;
	struct error error = { 0 };
	cnnviz_status status = prepare_batch(session, &error);

	if (status != CNNVIZ_OK && !interrupt_requested()) {
		for (size_t n = 0; n < batch->count; n++) {
			picture_failed(session, batch->pictures[n], &error);
		}
		return !session->options->fail_fast;
	}
	return status == CNNVIZ_OK && run_jobs(session);
}

static void run_batches(struct session *session)
{
	struct batch_reader *reader = batch_reader_create(session->plan);
	bool going = true;

	while (going && !interrupt_requested()) {
		struct error error = { 0 };
		size_t failed = 0;
		cnnviz_status status = batch_read(reader, &session->batch, &failed, &error);

		if (status != CNNVIZ_OK) {
			picture_failed(session, failed, &error);
			progress_pictures(session->progress, 1);
			going = !session->options->fail_fast;
			continue;
		}
		if (!session->batch) {
			break;
		}
		going = run_batch(session);
		if (going) {
			progress_pictures(session->progress, session->batch->count);
		}
		maps_clear(session);
		batch_free(session->batch);
		session->batch = NULL;
	}
	batch_reader_free(reader);
	if (going && !interrupt_requested()) {
		run_jobs(session);
	}
}

/* ---- The end ------------------------------------------------------------------- */

/** Pictures that jobs could work on */
static size_t usable_pictures(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->plan->picture_count; i++) {
		count += !record->pictures[i].failure;
	}
	return count;
}

/** Give every job that did not fail its last status. */
static void conclude(struct session *session, bool stopped)
{
	struct record *record = session->record;
	size_t pictures = usable_pictures(record);

	for (size_t i = 0; i < session->plan->job_count; i++) {
		struct record_job *job = &record->jobs[i];
		const struct plan_job *plan = &session->plan->jobs[i];

		if (job->status == RECORD_FAILED) {
			continue;
		}
		bool done = is_once(plan) ? job->done == 1
				: plan->wanted && pictures > 0 && job->done == pictures;
		if (done) {
			job->status = RECORD_OK;
		} else if (record->interrupted) {
			job->status = RECORD_INTERRUPTED;
		} else {
			job->status = plan->wanted || stopped ? RECORD_NOT_RUN : RECORD_OK;
		}
	}
	record_sort(record);
}

static bool any_failure(const struct record *record)
{
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (record->jobs[i].status == RECORD_FAILED) {
			return true;
		}
	}
	return usable_pictures(record) < record->plan->picture_count;
}

static cnnviz_status write_reports(struct session *session)
{
	struct error error = { 0 };
	cnnviz_status status = manifest_write(session->record, &error);

	if (status == CNNVIZ_OK) {
		status = gallery_write(session->record, &error);
	}
	if (status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
	}
	return status;
}

static size_t count_files(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->artifact_count; i++) {
		count += record->artifacts[i].path != NULL;
		count += record->artifacts[i].array != NULL;
	}
	return count;
}

static void print_end(const struct session *session)
{
	const struct record *record = session->record;
	size_t files = count_files(record);

	log_write(LOG_LEVEL_INFO, "%s%zu file%s in %s; the gallery is %s/index.html",
			record->interrupted ? "interrupted; kept " : "", files,
			files == 1 ? "" : "s", session->plan->output,
			session->plan->output);
}

/* ---- Digest, beside the work ----------------------------------------------------- */

struct digest {
	pthread_t thread;
	bool running;
};

static void *compute_digest(void *model)
{
	model_digest(model);
	return NULL;
}

static void digest_start(struct digest *digest, struct model *model)
{
	digest->running = pthread_create(&digest->thread, NULL, compute_digest, model) == 0;
	if (!digest->running) {
		model_digest(model);
	}
}

static void digest_finish(struct digest *digest)
{
	if (digest->running) {
		pthread_join(digest->thread, NULL);
		digest->running = false;
	}
}

/* ---- Run ------------------------------------------------------------------------- */

static size_t count_results(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->job_count; i++) {
		if (plan->jobs[i].wanted) {
			count += is_once(&plan->jobs[i]) ? 1 : plan->picture_count;
		}
	}
	return count;
}

static bool session_open(struct session *session, struct plan *plan,
		const struct run_options *options)
{
	struct error error = { 0 };

	*session = (struct session){ .plan = plan, .options = options };
	if (network_open(plan, plan->model->graph, &session->engine, &session->network,
				&error) != CNNVIZ_OK
			|| folder_create(plan->output, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return false;
	}
	session->record = record_create(plan);
	session->record->engine_name = memory_text(session->engine->name);
	session->record->engine_description = memory_text(session->engine->describe());
	session->busy = memory_new(plan->job_count, sizeof(*session->busy));
	session->progress = progress_start(count_results(plan), plan->picture_count,
			options->quiet);
	return true;
}

static void session_close(struct session *session)
{
	if (session->network) {
		session->engine->close(session->network);
	}
	record_free(session->record);
	free(session->busy);
}

int run_plan(struct plan *plan, const struct run_options *options)
{
	struct session session;
	struct digest digest;
	int code = RUN_EXIT_INPUT;

	if (!session_open(&session, plan, options)) {
		goto done;
	}
	digest_start(&digest, plan->model);
	run_batches(&session);
	progress_end(session.progress);
	digest_finish(&digest);

	session.record->interrupted = interrupt_requested();
	conclude(&session, any_failure(session.record) && options->fail_fast);
	bool failed = any_failure(session.record);
	failed = write_reports(&session) != CNNVIZ_OK || failed;
	print_end(&session);
	code = session.record->interrupted ? RUN_EXIT_INTERRUPTED
			: failed ? RUN_EXIT_JOB_FAILED : RUN_EXIT_DONE;
done:
	session_close(&session);
	return code;
}

/* ---- Classify -------------------------------------------------------------------- */

cnnviz_status run_classify(struct plan *plan, size_t top,
		struct classification *results, struct error *error)
{
	const struct engine *engine = NULL;
	struct engine_network *network = NULL;
	struct batch_reader *reader = NULL;
	cnnviz_status status = network_open(plan, plan->model->graph, &engine, &network,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	reader = batch_reader_create(plan);
	for (;;) {
		struct batch *batch = NULL;
		cnnviz_tensor *logits = NULL;
		size_t failed;

		status = batch_read(reader, &batch, &failed, error);
		if (status != CNNVIZ_OK || !batch) {
			break;
		}
		status = batch_logits(engine, network, plan->model->graph, batch, &logits,
				error);
		for (size_t n = 0; status == CNNVIZ_OK && n < batch->count; n++) {
			logits_rank(logits, n, top, results + batch->pictures[n] * top);
		}
		tensor_unref(logits);
		batch_free(batch);
		if (status != CNNVIZ_OK) {
			break;
		}
	}
	batch_reader_free(reader);
	engine->close(network);
	return status;
}

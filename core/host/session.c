/**
 * \file    host/session.c
 * \brief   The state of a run and its jobs
 */
#include "host/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/rule_cache.h"
#include "host/state.h"
#include "plan/engine.h"
#include "weights/weights.h"

void session_start(struct session *session, const struct plan *plan,
		const cnnviz_host *host)
{
	*session = (struct session){ .plan = plan, .host = host };
	session->files = sink_of_files(plan);
	session->sink = &session->files;
	session->jobs = memory_new(plan->job_count, sizeof(*session->jobs));
	for (size_t i = 0; i < plan->job_count; i++) {
		session->jobs[i] = (struct job){
			.session = session,
			.plan = &plan->jobs[i],
		};
	}
	session_clear_record(session);
	session_count_wanted(session);
}

bool session_wants(const struct session *session, const struct plan_job *job,
		size_t picture)
{
	bool elsewhere = picture == RECORD_NO_PICTURE
			? job->elsewhere
			: session->plan->pictures[picture].elsewhere;

	return !elsewhere && !record_is_finished(session->record, job, picture);
}

bool session_wants_picture(const struct session *session, size_t picture)
{
	return !session->plan->pictures[picture].elsewhere
			&& !session->record->pictures[picture].adopted;
}

bool session_uses_picture(const struct session *session, size_t picture)
{
	bool uses = session_wants_picture(session, picture);

	for (size_t i = 0; i < session->plan->job_count && !uses; i++) {
		const struct plan_job *job = &session->plan->jobs[i];

		uses = job->selected && !job_is_once(job)
				&& session_wants(session, job, picture);
	}
	return uses;
}

size_t job_wanted_now(const struct job *job)
{
	const struct session *session = job->session;
	const struct batch *batch = session->batch;
	size_t count = 0;

	if (batch == NULL) {
		return session_wants(session, job->plan, RECORD_NO_PICTURE);
	}
	for (size_t n = 0; n < batch->count; n++) {
		count += session_wants(session, job->plan, batch->pictures[n]);
	}
	return count;
}

void session_count_wanted(struct session *session)
{
	for (size_t i = 0; i < session->plan->job_count; i++) {
		struct job *job = &session->jobs[i];

		job->wanted = 0;
		if (job_is_once(job->plan)) {
			job->wanted += session_wants(session, job->plan,
					RECORD_NO_PICTURE);
			continue;
		}
		for (size_t k = 0; k < session->plan->picture_count; k++) {
			job->wanted += session_wants(session, job->plan, k);
		}
	}
}

void session_clear_record(struct session *session)
{
	session_stop_jobs(session);
	record_free(session->record);
	session->record = record_create(session->plan);
	for (size_t i = 0; i < session->plan->job_count; i++) {
		session->jobs[i].record = &session->record->jobs[i];
	}
}

/** With device = auto: which one it is */
static void tell_device(const struct session *session)
{
	const char *device = plan_find_device(session->plan, session->engine);

	if (device != session->plan->device) {
		log_write(LOG_LEVEL_INFO, "device = auto: computing on %s%s", device,
				strcmp(device, "cpu") == 0
						? ", as no graphics card works here"
						: "");
	}
}

/** Load the plan's engine, if it can run a graph. */
static cnnviz_status load_engine(const struct plan *plan, const struct graph *graph,
		const struct engine **engine, struct error *error)
{
	struct problems problems = { NULL, 0 };

	*engine = plan_load_engine(plan, graph, &problems);
	if (*engine == NULL) {
		char *sentence = problem_sentence(&problems.items[0]);

		error_set(error, CNNVIZ_ERROR_INPUT, "%s", sentence);
		free(sentence);
	}
	problems_free(&problems);
	return *engine != NULL ? CNNVIZ_OK : CNNVIZ_ERROR_INPUT;
}

cnnviz_status session_connect(struct session *session, struct error *error)
{
	session->graph = session->plan->model->graph;
	if (session->network != NULL) {
		return CNNVIZ_OK; /* an earlier session's */
	}
	cnnviz_status status = network_open(session->plan, session->graph, session->brief,
			&session->engine, &session->network, error);

	for (size_t i = 0; i < session->plan->network_count && status == CNNVIZ_OK; i++) {
		const struct engine *engine;

		status = load_engine(session->plan,
				session->plan->networks[i].model->graph, &engine, error);
	}
	if (status == CNNVIZ_OK && session->phase != PHASE_JOB) {
		tell_device(session);
	}
	/* A job's process has the engine that the one for pictures has told of. */
	if (status == CNNVIZ_OK && session->phase != PHASE_JOB) {
		log_write(LOG_LEVEL_DETAIL, "the engine %s: %s; batches of %" PRId64,
				session->engine->name, session->engine->describe(),
				session->plan->batch);
	}
	return status;
}

/** Close what host->model->open() has opened. */
static void close_networks(struct session *session)
{
	for (size_t i = 0; session->networks != NULL && i < session->plan->network_count;
			i++) {
		if (session->networks[i] != NULL) {
			session->engine->close(session->networks[i]);
		}
	}
	free(session->networks);
	session->networks = NULL;
}

void session_close_packs(struct session *session)
{
	const struct plan_job *job = NULL;
	struct error error = { 0 };

	if (packs_pause(session->sink->packs, &job, &error) != CNNVIZ_OK) {
		job_failed(session_job(session, job), &error);
	}
}

void session_end(struct session *session)
{
	session_stop_jobs(session);
	rule_cache_clear(&session->rules);
	close_networks(session);
	if (session->network != NULL && !session->lasting) {
		session->engine->close(session->network);
	}
	record_free(session->record);
	packs_free(session->files.packs);
	free(session->jobs);
}

struct job *session_job(const struct session *session, const struct plan_job *plan)
{
	return &session->jobs[plan - session->plan->jobs];
}

int64_t *job_targets(const struct job *job)
{
	const struct session *session = job->session;
	const struct batch *batch = session->batch;
	const struct value *common = job->plan->common;
	int64_t *targets = memory_new(batch->count, sizeof(*targets));
	size_t index = parameter_find(attribution_parameters, attribution_parameter_count,
			"target");
	const struct value *own = common != NULL && index < attribution_parameter_count
			? &common[index]
			: NULL;

	for (size_t n = 0; n < batch->count; n++) {
		targets[n] = job->plan->neuron != 0 ? job->plan->neuron
				: own != NULL && own->set
				? own->integer
				: session->record->pictures[batch->pictures[n]].target;
	}
	return targets;
}

void job_failed(struct job *job, const struct error *error)
{
	const struct session *session = job->session;

	if (job->record->status == RECORD_FAILED) {
		return;
	}
	record_fail(session->record, job->record, error->text);
	log_write(LOG_LEVEL_ERROR, "%s: [%s] %s (plugin %s): %s",
			session->plan->ini->path, job->plan->name,
			job->plan->plugin->technique.name, job->plan->plugin->path,
			error->text);
}

void session_tell_apart(struct session *session, const char *who,
		const struct error *error)
{
	bool cramped = error->status == CNNVIZ_ERROR_MEMORY && !session->cramped;

	log_write(cramped ? LOG_LEVEL_WARNING : LOG_LEVEL_DETAIL,
			"%s failed on a batch of %zu pictures, so each is tried by "
			"itself: "
			"%s",
			who, session->batch->count, error->text);
	session->cramped = session->cramped || cramped;
}

void job_failed_on(struct job *job, size_t picture, const struct error *error)
{
	const struct plan *plan = job->session->plan;

	if (record_fail_picture(job->session->record, job->plan, picture, error->text)) {
		log_write(LOG_LEVEL_ERROR, "%s: [%s] %s (plugin %s): picture %s: %s",
				plan->ini->path, job->plan->name,
				job->plan->plugin->technique.name,
				job->plan->plugin->path, plan->pictures[picture].name,
				error->text);
	}
}

/* ---- Engine ------------------------------------------------------------------ */

static bool ask_interrupted(void *context)
{
	(void)context;
	return interrupt_requested();
}

cnnviz_status network_open_on(const struct engine *engine, const struct plan *plan,
		const struct graph *graph, bool brief, struct engine_network **network,
		struct error *error)
{
	const struct engine_options options = {
		.tensor = &tensor_api,
		.threads = plan->threads,
		.device = plan_find_device(plan, engine),
		.canceled = ask_interrupted,
		.spare = weights_spare,
		.brief = brief,
	};

	return engine->open(&options, graph, network, error);
}

cnnviz_status network_open(const struct plan *plan, const struct graph *graph, bool brief,
		const struct engine **engine, struct engine_network **network,
		struct error *error)
{
	cnnviz_status status = load_engine(plan, graph, engine, error);

	return status == CNNVIZ_OK
			? network_open_on(*engine, plan, graph, brief, network, error)
			: status;
}

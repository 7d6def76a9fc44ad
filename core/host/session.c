/**
 * \file    host/session.c
 * \brief   The engine of a run, and what becomes of jobs that fail
 */
#include "host/session.h"

#include "base/interrupt.h"
#include "base/log.h"
#include "base/tensor.h"
#include "engine/load.h"

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
		.canceled = ask_interrupted,
	};
	cnnviz_status status = engine_load(plan->paths->engine_folder, plan->engine,
			engine, error);

	return status != CNNVIZ_OK ? status
				   : (*engine)->open(&options, graph, network, error);
}

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

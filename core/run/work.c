/**
 * \file    run/work.c
 * \brief   The work of a run, and its digests in parallel
 */
#include "run/work.h"

#include "base/log.h"
#include "base/memory.h"
#include "host/pending.h"
#include "plan/engine.h"
#include "run/digesting.h"
#include "run/schedule.h"

/** Whether a parameter says how many passes of its own a technique makes */
static bool makes_passes(const cnnviz_technique *technique)
{
	for (uint32_t i = 0; i < technique->parameter_count; i++) {
		if ((technique->parameters[i].flags & CNNVIZ_PARAMETER_EFFORT) != 0) {
			return true;
		}
	}
	return false;
}

/** Whether all jobs are served by the passes of one batch of pictures */
static bool is_brief(const struct plan *plan)
{
	bool brief = plan_own_pictures(plan) <= (size_t)plan->batch;

	for (size_t i = 0; brief && i < plan->job_count; i++) {
		const cnnviz_technique *technique = &plan->jobs[i].plugin->technique;

		brief = technique->asks != 0 && !makes_passes(technique);
	}
	return brief;
}

void session_note_engine(struct session *session)
{
	struct record *record = session->record;

	record->device = memory_text(plan_find_device(session->plan, session->engine));
	record->engine_name = memory_text(session->engine->name);
	record->engine_description = memory_text(session->engine->describe());
}

bool session_open(struct session *session)
{
	struct error error = { 0 };

	session->brief = !session->lasting && is_brief(session->plan);
	if (session_connect(session, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return false;
	}
	session_note_engine(session);
	if (session->begin.call != NULL
			&& session->begin.call(session->begin.context, &error)
					!= CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return false;
	}
	return true;
}

void session_work_and_digest(struct session *session)
{
	session->digesting = digesting_start(session);
	pending_open(session);
	session_work(session);
	pending_close(session);
	session_close_packs(session);
	digesting_finish(session);
}

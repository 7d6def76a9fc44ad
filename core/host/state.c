/**
 * \file    host/state.c
 * \brief   The private data of jobs
 */
#include "host/state.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/process.h"
#include "base/tensor.h"

bool job_has_state(const struct job *job)
{
	return job->plan->plugin->technique.create != NULL;
}

static void tell_changes(const struct job *job, unsigned changes)
{
	for (unsigned i = 0; i < PROCESS_CHANGES; i++) {
		enum process_change change = (enum process_change)(1U << i);

		if ((changes & change) != 0) {
			log_warn_counted(job, NULL,
					"[%s] the plugin %s %s at its end, %s",
					job->plan->name, job->plan->plugin->path,
					process_change_clause(change),
					process_change_effect(change));
		}
	}
	job->session->changes |= changes;
}

/** Call destroy(), and tell what it did not release. */
static void destroy(struct job *job)
{
	struct session *session = job->session;
	size_t before = tensor_live_count();
	struct process_state process;

	process_keep(&process);
	job->plan->plugin->technique.destroy(session->host, job->data);
	tell_changes(job, process_put_back(&process));
	size_t released = before - tensor_live_count();

	session->state_tensors -= job->state_tensors;
	if (job->state_tensors > released) {
		size_t left = job->state_tensors - released;

		log_write(LOG_LEVEL_DETAIL,
				"[%s] the plugin did not release %zu tensors of its data",
				job->plan->name, left);
		session->leftovers.tensors += left;
	}
}

void session_stop_jobs(struct session *session)
{
	if (session->jobs == NULL) {
		return; /* the session has not been started */
	}
	for (size_t i = 0; i < session->plan->job_count; i++) {
		struct job *job = &session->jobs[i];

		if (job->state == JOB_CREATED && job_has_state(job)) {
			destroy(job);
		}
		free(job->broken);
		job->broken = NULL;
		job->state = JOB_NEW;
		job->data = NULL;
		job->state_tensors = 0;
	}
}

/**
 * \file    host/check.c
 * \brief   Lets techniques check their jobs before anything is computed
 */
#include "host/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/log.h"
#include "host/call.h"
#include "host/services.h"

/** A call of a technique's check() */
struct check_call {
	struct job *job;
	struct error error; /* its result; CNNVIZ_OK: no error found */
};

static void run_check(struct check_call *check_call)
{
	struct error error = { 0 };

	if (call_check(check_call->job, &error) != CNNVIZ_OK) {
		check_call->error = error;
	}
}

/* ---- In a child process --------------------------------------------------- */

static void check_in_child(void *context, FILE *report)
{
	struct check_call *check_call = context;

	run_check(check_call);
	log_end_counted();
	if (check_call->error.status != CNNVIZ_OK) {
		for (char *end = check_call->error.text;
				(end = strchr(end, '\n')) != NULL;) {
			*end = ' ';
		}
		fprintf(report, "%s\n", check_call->error.text);
	}
}

static void read_answer(void *context, char *line)
{
	struct check_call *check_call = context;

	error_set(&check_call->error, CNNVIZ_ERROR_INPUT, "%s", line);
}

static void check_in_process(struct check_call *check_call, double timeout)
{
	unsigned seconds = (unsigned)ceil(fmin(timeout, 1e9));
	struct child child = { 0 };
	struct error error = { 0 };

	if (child_run(check_in_child, check_call, NULL, seconds, read_answer, &child,
			    &error)
			!= CNNVIZ_OK) {
		check_call->error = error;
	} else if (child.end != CHILD_RETURNED) {
		char *end = child_describe(&child, seconds);
		error_set(&check_call->error, CNNVIZ_ERROR_PLUGIN,
				"the plugin %s when it checked its parameters", end);
		free(end);
	}
}

cnnviz_status check_job(const struct plan *plan, const struct plan_job *plan_job,
		struct error *error)
{
	struct session session = {
		.plan = plan,
		.host = &host_services,
		.phase = PHASE_CHECK,
	};
	struct job job = { .session = &session, .plan = plan_job };
	struct check_call check_call = { .job = &job };

	if (plan->isolation.isolate) {
		check_in_process(&check_call, plan->isolation.timeout);
	} else {
		run_check(&check_call);
	}
	if (check_call.error.status != CNNVIZ_OK) {
		*error = check_call.error;
	}
	return check_call.error.status;
}

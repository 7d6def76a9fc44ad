/**
 * \file    host/check.c
 * \brief   Asking techniques whether their jobs make sense, before anything is computed
 */
#include "host/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "host/call.h"
#include "host/services.h"

/** A job whose technique is asked */
struct question {
	struct job *job;
	struct error error; /* its answer; CNNVIZ_OK: no fault found */
};

static void ask(struct question *question)
{
	struct error error = { 0 };

	if (call_check(question->job, &error) != CNNVIZ_OK) {
		question->error = error;
	}
}

/* ---- In a process of its own --------------------------------------------------- */

static void ask_in_child(void *context, FILE *report)
{
	struct question *question = context;

	ask(question);
	if (question->error.status != CNNVIZ_OK) {
		for (char *end = question->error.text;
				(end = strchr(end, '\n')) != NULL;) {
			*end = ' ';
		}
		fprintf(report, "%s\n", question->error.text);
	}
}

static void take_answer(void *context, char *line)
{
	struct question *question = context;

	error_set(&question->error, CNNVIZ_ERROR_INPUT, "%s", line);
}

static void ask_apart(struct question *question, double timeout)
{
	unsigned seconds = (unsigned)ceil(fmin(timeout, 1e9));
	struct child child = { 0 };
	struct error error = { 0 };

	if (child_run(ask_in_child, question, NULL, seconds, take_answer, &child, &error)
			!= CNNVIZ_OK) {
		question->error = error;
	} else if (child.end != CHILD_RETURNED) {
		char *end = child_describe(&child, seconds);
		error_set(&question->error, CNNVIZ_ERROR_PLUGIN,
				"the plugin %s when it "
				"was asked whether its parameters make sense",
				end);
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
	struct question question = { .job = &job };

	if (plan->isolation.isolate) {
		ask_apart(&question, plan->isolation.timeout);
	} else {
		ask(&question);
	}
	if (question.error.status != CNNVIZ_OK) {
		*error = question.error;
	}
	return question.error.status;
}

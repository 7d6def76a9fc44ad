/**
 * \file    host/check.c
 * \brief   Asking techniques whether their jobs make sense, before anything is computed
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/memory.h"
#include "plan/build.h"
#include "host/session.h"

/** A job whose technique is asked */
struct question {
	struct session session;
	size_t job;
	struct error error; /* its answer; CNNVIZ_OK: no fault found */
};

static void ask(struct question *question)
{
	struct error error = { 0 };

	if (job_check(&question->session, question->job, &error) != CNNVIZ_OK) {
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

/* ---- The answer ------------------------------------------------------------------ */

static bool is_word(const char *text, size_t length, const char *name)
{
	return strlen(name) == length && memcmp(text, name, length) == 0;
}

static const char *find_key(const struct plugin *plugin, const char *word, size_t length)
{
	for (uint32_t i = 0; i < plugin->technique.parameter_count; i++) {
		if (is_word(word, length, plugin->parameters[i].name)) {
			return plugin->parameters[i].name;
		}
	}
	return NULL;
}

/** The parameter that a sentence begins with, or the first that it has in backquotes */
static const char *named_key(const struct plugin *plugin, const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *key = find_key(plugin, text, strspn(text, letters));

	while (key == NULL && (text = strchr(text, '`')) != NULL) {
		size_t length = strspn(++text, letters);
		key = text[length] == '`' ? find_key(plugin, text, length) : NULL;
	}
	return key;
}

void plan_check_jobs(struct builder *builder)
{
	struct plan *plan = builder->plan;
	bool *busy = memory_new(plan->job_count + 1, sizeof(*busy));

	for (size_t i = 0;
			i < plan->job_count && plan->model != NULL && !builder->unasked;
			i++) {
		const struct plan_job *job = &plan->jobs[i];
		struct question question = {
			.session = { .plan = plan, .phase = PHASE_CHECK, .busy = busy },
			.job = i,
		};

		if (!job->sound || job->plugin->technique.check == NULL) {
			continue;
		}
		if (plan->isolation.isolate) {
			ask_apart(&question, plan->isolation.timeout);
		} else {
			ask(&question);
		}
		if (question.error.status != CNNVIZ_OK) {
			builder_problem(builder, job->name,
					named_key(job->plugin, question.error.text), "%s",
					question.error.text);
		}
	}
	free(busy);
}

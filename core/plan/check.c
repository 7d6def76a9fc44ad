/**
 * \file    plan/check.c
 * \brief   Lets techniques check their jobs, and reports their errors as problems of
 *                     the INI file
 */
#include "plan/check.h"

#include <string.h>

#include "plan/implied.h"

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

/** The parameter at the start of a message, or the first one in backquotes */
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
	const struct plan *plan = builder->plan;

	if (plan->model == NULL || builder->options->check == NULL) {
		return;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];
		struct error error = { 0 };

		if (!job->valid || job->plugin->technique.check == NULL
				|| builder->options->check(plan, job, &error)
						== CNNVIZ_OK) {
			continue;
		}
		builder_problem(builder, job->name, named_key(job->plugin, error.text),
				"%s", error.text);
		plan_explain_implied(builder, job, builder->problems->count - 1);
	}
}

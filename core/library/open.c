/**
 * \file    library/open.c
 * \brief   Opening and freeing plans, and their errors
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/engine.h"
#include "host/check.h"
#include "library/enter.h"
#include "plan/read.h"

/** What the text is called if it has no name */
#define NAME "plan"

/* ---- Errors ---------------------------------------------------------------------- */

void library_add_error(cnnviz_plan *plan, const char *text)
{
	plan->errors = memory_grow(plan->errors, plan->error_count,
			sizeof(*plan->errors));
	plan->errors[plan->error_count++] = memory_text(text);
}

void library_clear_errors(cnnviz_plan *plan)
{
	for (size_t i = 0; i < plan->error_count; i++) {
		free(plan->errors[i]);
	}
	free(plan->errors);
	plan->errors = NULL;
	plan->error_count = 0;
}

const char *cnnviz_plan_error(const cnnviz_plan *plan, size_t index)
{
	return plan != NULL && index < plan->error_count ? plan->errors[index] : NULL;
}

static void add_problems(cnnviz_plan *plan, const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *sentence = problem_sentence(&problems->items[i]);

		library_add_error(plan, sentence);
		free(sentence);
	}
}

/* ---- Opening --------------------------------------------------------------------- */

/** The members that a caller knows, and the others at 0 */
static cnnviz_plan_options known_options(const cnnviz_plan_options *options)
{
	cnnviz_plan_options known = { 0 };
	uint32_t size = options != NULL ? options->struct_size : 0;

	if (size > 0) {
		memcpy(&known, options, size < sizeof(known) ? size : sizeof(known));
	}
	return known;
}

static cnnviz_plan *create(const cnnviz_plan_options *options)
{
	cnnviz_plan *plan = memory_new(1, sizeof(*plan));

	plan->options = (struct run_options){
		.fail_fast = (options->flags & CNNVIZ_PLAN_FAIL_FAST) != 0,
		.keep = (options->flags & CNNVIZ_PLAN_KEEP) != 0,
		.resume = (options->flags & CNNVIZ_PLAN_RESUME) != 0,
		.quiet = (options->flags & CNNVIZ_PLAN_QUIET) != 0
				|| options->message != NULL,
	};
	plan->message = options->message;
	plan->context = options->context;
	plan->level = (enum log_level)options->level;
	return plan;
}

static void read_plan(cnnviz_plan *plan, const char *text,
		const cnnviz_plan_options *options)
{
	bool files = (options->flags & CNNVIZ_PLAN_FILES) != 0;
	const struct plan_options reading = {
		.purpose = files ? PLAN_FOR_RUN : PLAN_FOR_PICTURES,
		.path = options->name != NULL ? options->name : NAME,
		.text = text,
		.folder = options->folder,
		.plugin_folders = options->plugin_folders,
		.output = options->output,
		.overrides = options->overrides,
		.only = options->only,
		.shard = options->shard,
		.check = check_job,
		.no_plugins = (options->flags & CNNVIZ_PLAN_NO_PLUGINS) != 0,
	};
	struct problems problems = { 0 };

	if (text != NULL && options->shard != NULL) {
		problems_add(&problems, NULL, 0, NULL, NULL,
				"options.shard: `cnnviz merge` reads the INI file of "
				"shards "
				"again, so it cannot be given with a text");
	} else {
		plan->plan = plan_read(&reading, &problems);
	}
	add_problems(plan, &problems);
	problems_free(&problems);
	plan->limits = limits_keep();
}

cnnviz_status cnnviz_plan_open(const char *text, const cnnviz_plan_options *options,
		cnnviz_plan **result)
{
	const cnnviz_plan_options known = known_options(options);
	cnnviz_plan *plan = create(&known);
	struct entered entered;

	*result = NULL;
	if (!library_enter(plan, &entered)) {
		free(plan);
		return CNNVIZ_ERROR_UNSUPPORTED;
	}
	read_plan(plan, text, &known);
	library_leave(&entered);
	*result = plan;
	return plan->plan != NULL ? CNNVIZ_OK : CNNVIZ_ERROR_INPUT;
}

cnnviz_plan *library_adopt(struct plan *plan, const struct run_options *options)
{
	cnnviz_plan *adopted = memory_new(1, sizeof(*adopted));

	adopted->plan = plan;
	adopted->options = *options;
	adopted->limits = limits_keep();
	return adopted;
}

/* ---- The end --------------------------------------------------------------------- */

void cnnviz_plan_cancel(cnnviz_plan *plan)
{
	atomic_store(&plan->canceled, 1);
}

void cnnviz_plan_free(cnnviz_plan *plan)
{
	struct entered entered;

	if (plan == NULL || !library_enter(plan, &entered)) {
		return;
	}
	if (plan->network != NULL) {
		plan->engine->close(plan->network);
	}
	plan_free(plan->plan);
	log_end_counted();
	library_leave(&entered);
	library_clear_errors(plan);
	free(plan);
}

/**
 * \file    library/run.c
 * \brief   Running plans, into memory or to files
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "library/deliver.h"
#include "library/enter.h"
#include "library/pictures.h"
#include "run/in_memory.h"

/** The members that a caller knows, and the others at 0 */
static cnnviz_run known_run(const cnnviz_run *run)
{
	cnnviz_run known = { 0 };
	uint32_t size = run != NULL ? run->struct_size : 0;

	if (size > 0) {
		memcpy(&known, run, size < sizeof(known) ? size : sizeof(known));
	}
	if (known.pictures == NULL) {
		known.picture_count = 0;
	}
	return known;
}

static bool is_in_memory(const cnnviz_run *run)
{
	return run->picture != NULL || run->artifact != NULL || run->failure != NULL;
}

/** Why a plan cannot be run like this; false: it can */
static bool refuses(const cnnviz_plan *plan, const cnnviz_run *run)
{
	const struct plan *read = plan->plan;
	size_t pictures = run->picture_count > 0 ? run->picture_count
						 : read->picture_count;
	bool needed = false;

	for (size_t i = 0; i < read->job_count; i++) {
		needed = needed || !job_is_once(&read->jobs[i]);
	}
	if (needed && pictures == 0) {
		log_write(LOG_LEVEL_ERROR,
				"%s: [input] images: there are none, and the run was "
				"given none",
				read->ini->path);
		return true;
	}
	if (is_in_memory(run) && read->isolation.isolate) {
		log_write(LOG_LEVEL_ERROR,
				"%s: [run] isolate: results in memory are those of this "
				"process; remove isolate, or let the run write files",
				read->ini->path);
		return true;
	}
	return false;
}

/** Run with results in memory; returns the exit code */
static int run_into_memory(cnnviz_plan *plan, const struct run_options *options,
		struct delivery *delivery)
{
	struct run_memory memory = {
		.sink = &delivery->results->sink,
		.changed = delivery_go_on,
		.context = delivery,
		.engine = plan->engine,
		.network = plan->network,
	};
	int code = run_in_memory(plan->plan, options, &memory);

	plan->engine = memory.engine;
	plan->network = memory.network;
	return code;
}

static int run_either(cnnviz_plan *plan, const cnnviz_run *run,
		struct given_pictures *given)
{
	struct run_options options = plan->options;
	bool in_memory = is_in_memory(run);
	struct kept_results results;
	struct delivery delivery;

	options.quiet = options.quiet || in_memory;
	kept_start(&results, plan->plan, &given->files[0]);
	delivery_start(&delivery, plan, run, &results);
	if (run->progress != NULL) {
		options.progress = delivery_progress;
		options.progress_context = &delivery;
	}
	int code = in_memory ? run_into_memory(plan, &options, &delivery)
			     : run_plan(plan->plan, &options);

	kept_drop(&results, true);
	delivery_end(&delivery);
	return code;
}

static cnnviz_status status_of(int code)
{
	return code == RUN_EXIT_DONE                   ? CNNVIZ_OK
			: code == RUN_EXIT_JOB_FAILED  ? CNNVIZ_ERROR_INCOMPLETE
			: code == RUN_EXIT_INTERRUPTED ? CNNVIZ_ERROR_CANCELED
						       : CNNVIZ_ERROR_INPUT;
}

/** Run a plan that has no errors, alone in the process. */
static int run_alone(cnnviz_plan *plan, const cnnviz_run *run)
{
	struct given_pictures given;

	library_clear_errors(plan);
	if (refuses(plan, run)) {
		return RUN_EXIT_INPUT;
	}
	given_start(&given, plan, run);
	int code = run_either(plan, run, &given);

	given_end(&given, plan);
	atomic_store(&plan->canceled, 0);
	return code;
}

cnnviz_status cnnviz_plan_run(cnnviz_plan *plan, const cnnviz_run *run)
{
	const cnnviz_run known = known_run(run);
	struct entered entered;

	if (!library_enter(plan, &entered)) {
		return CNNVIZ_ERROR_UNSUPPORTED;
	}
	int code = plan->plan != NULL ? run_alone(plan, &known) : RUN_EXIT_INPUT;

	library_leave(&entered);
	return status_of(code);
}

/**
 * \file    cli/work.c
 * \brief   Commands that check or carry out a plan: run, evaluate, check, classify
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cnnviz/library.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/value.h"
#include "evaluate/evaluate.h"
#include "host/check.h"
#include "plan/pictures.h"
#include "plan/read.h"
#include "run/classify.h"
#include "run/isolate/apart.h"
#include "run/exit.h"

static struct plan *read_plan(const struct cli_request *request,
		enum plan_purpose purpose, struct problems *problems)
{
	const struct plan_options options = {
		.purpose = purpose,
		.path = request->arguments[0],
		.output = request->output,
		.overrides = request->overrides,
		.only = request->only,
		.shard = request->shard,
		.check = check_job,
		.decode = request->decode,
		.no_plugins = request->no_plugins,
	};

	return plan_read(&options, problems);
}

/* ---- run ----------------------------------------------------------------------- */

int cli_run_plan(cnnviz_plan *plan)
{
	interrupt_install();
	switch (cnnviz_plan_run(plan, NULL)) {
	case CNNVIZ_OK:
		return RUN_EXIT_DONE;
	case CNNVIZ_ERROR_INCOMPLETE:
		return RUN_EXIT_JOB_FAILED;
	case CNNVIZ_ERROR_CANCELED:
		return RUN_EXIT_INTERRUPTED;
	default:
		return RUN_EXIT_INPUT;
	}
}

int command_run(const struct cli_request *request)
{
	const cnnviz_plan_options options = {
		.struct_size = sizeof(options),
		.flags = CNNVIZ_PLAN_FILES
				| (request->fail_fast ? CNNVIZ_PLAN_FAIL_FAST : 0)
				| (request->keep ? CNNVIZ_PLAN_KEEP : 0)
				| (request->resume ? CNNVIZ_PLAN_RESUME : 0)
				| (request->quiet ? CNNVIZ_PLAN_QUIET : 0),
		.name = request->arguments[0],
		.overrides = request->overrides,
		.only = request->only,
		.shard = request->shard,
		.output = request->output,
	};
	cnnviz_plan *plan = NULL;
	int status = RUN_EXIT_INPUT;

	if (cnnviz_plan_open(NULL, &options, &plan) == CNNVIZ_OK) {
		status = cli_run_plan(plan);
	} else {
		for (size_t i = 0; cnnviz_plan_error(plan, i) != NULL; i++) {
			log_write(LOG_LEVEL_ERROR, "%s", cnnviz_plan_error(plan, i));
		}
	}
	cnnviz_plan_free(plan);
	return status;
}

/* ---- evaluate ----------------------------------------------------------------- */

int command_evaluate(const struct cli_request *request)
{
	const struct evaluate_options options = {
		.folder = request->output,
		.json = request->json,
		.quiet = request->quiet,
	};
	struct problems problems = { 0 };
	struct annotations *annotations = NULL;
	int status = CLI_EXIT_INPUT;

	if (request->shard != NULL && request->json) {
		log_write(LOG_LEVEL_ERROR,
				"--json: a shard has no report to print; `cnnviz merge` "
				"writes evaluation.json when all are done");
		return status;
	}
	struct plan *plan = read_plan(request, PLAN_FOR_EVALUATION, &problems);

	if (plan != NULL) {
		annotations = annotations_read(plan, &problems);
	}
	problems_print(&problems);
	if (annotations != NULL) {
		interrupt_install();
		status = evaluate_plan(plan, annotations, &options);
	}
	plan_free(plan);
	problems_free(&problems);
	return status;
}

/* ---- check ------------------------------------------------------------------- */

static json_t *problem_json(const struct problem *problem)
{
	json_t *json = json_object();

	json_object_set_new(json, "file", json_text(problem->file));
	json_object_set_new(json, "line",
			problem->line > 0 ? json_integer(problem->line) : json_null());
	json_object_set_new(json, "section", json_text(problem->section));
	json_object_set_new(json, "key", json_text(problem->key));
	json_object_set_new(json, "text", json_text(problem->text));
	return json;
}

static void print_problems_json(const struct problems *problems, bool decoded)
{
	json_t *json = json_object();
	json_t *array = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		json_array_append_new(array, problem_json(&problems->items[i]));
	}
	json_object_set_new(json, "ok", json_boolean(problems->count == 0));
	if (decoded) {
		json_object_set_new(json, "decoded", json_true());
	}
	json_object_set_new(json, "problems", array);
	json_print(json);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Jobs that the file has */
static size_t count_jobs(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->job_count; i++) {
		count += !plan->jobs[i].implied;
	}
	return count;
}

/* Decode the annotated pictures; those of [input] were decoded when they were read. */
static void decode_annotated(const struct plan *plan,
		const struct annotations *annotations, struct problems *problems)
{
	for (size_t i = 0; i < annotations->count; i++) {
		struct plan_picture picture = { .path = annotations->pictures[i].path };
		struct error error;

		if (plan_check_picture(plan, plan->model->graph, true, &picture, &error)
				!= CNNVIZ_OK) {
			problems_add(problems, plan->evaluation.annotations, 0, NULL,
					NULL, "%s", error.text);
		}
	}
}

/* Check what `evaluate` needs besides the plan; returns the number of pictures. */
static size_t check_annotations(const struct plan *plan, bool decode,
		struct problems *problems)
{
	struct annotations *annotations = annotations_read(plan, problems);
	size_t count = annotations != NULL ? annotations->count : 0;

	if (annotations != NULL && decode) {
		decode_annotated(plan, annotations, problems);
	}
	annotations_free(annotations);
	return count;
}

static void print_findings(const struct plan *plan, const struct cli_request *request,
		size_t annotated)
{
	const char *path = request->arguments[0];
	size_t jobs = count_jobs(plan);

	printf("%s: fine: %zu job%s, %zu picture%s, %s", path, jobs, plural(jobs),
			plan->picture_count, plural(plan->picture_count),
			plan->architecture);
	if (plan->picture_count + annotated > 0) {
		printf("%s",
				request->decode ? "; every picture was decoded"
						: "; of pictures only the headers were "
						  "read (--decode reads all of them)");
	}
	putchar('\n');
	if (annotated > 0) {
		printf("%s: %zu annotated picture%s to evaluate\n", path, annotated,
				plural(annotated));
	}
}

int command_check(const struct cli_request *request)
{
	struct problems problems = { 0 };
	struct plan *plan = read_plan(request, PLAN_FOR_CHECK, &problems);
	size_t annotated = 0;

	if (plan != NULL && plan->evaluation.annotations != NULL) {
		annotated = check_annotations(plan, request->decode, &problems);
	}
	int status = problems.count == 0 ? CLI_EXIT_DONE : CLI_EXIT_INPUT;

	if (request->json) {
		print_problems_json(&problems, request->decode);
	} else if (problems.count > 0) {
		problems_print(&problems);
	} else if (!request->quiet) {
		print_findings(plan, request, annotated);
	}
	plan_free(plan);
	problems_free(&problems);
	return status;
}

/* ---- classify ------------------------------------------------------------------ */

static bool finds_boxes(const struct plan *plan)
{
	return graph_boxes(plan->model->graph) != CNNVIZ_LAYER_NONE;
}

/* Left, top, width and height */
static json_t *box_json(const struct classification *class)
{
	json_t *array = json_array();

	for (int i = 0; i < 4; i++) {
		json_array_append_new(array, json_real(class->box[i]));
	}
	return array;
}

static json_t *picture_json(const struct plan *plan, size_t picture,
		const struct classified *result)
{
	json_t *json = json_object();
	json_t *array = json_array();

	for (size_t i = 0; i < result->count && result->failure == NULL; i++) {
		const struct classification *classes = result->classes;
		json_t *item = json_object();
		json_object_set_new(item, "index",
				json_integer(CNNVIZ_CLASS_OF(classes[i].index)));
		if (CNNVIZ_IS_NOT(classes[i].index)) {
			json_object_set_new(item, "not", json_true());
		}
		json_object_set_new(item, "name",
				json_text(model_class_name(plan->model,
						classes[i].index)));
		json_object_set_new(item, "probability",
				json_real(classes[i].probability));
		json_object_set_new(item, "logit", json_real(classes[i].logit));
		if (finds_boxes(plan)) {
			json_object_set_new(item, "box", box_json(&classes[i]));
		} else if (graph_is_dense(plan->model->graph)) {
			json_object_set_new(item, "area", json_real(classes[i].area));
		}
		json_array_append_new(array, item);
	}
	json_object_set_new(json, "picture", json_text(plan->pictures[picture].path));
	json_object_set_new(json, "classes", array);
	json_object_set_new(json, "failure", json_text(result->failure));
	return json;
}

static void print_classes_json(const struct plan *plan, const struct classified *results)
{
	json_t *json = json_object();
	json_t *array = json_array();

	for (size_t i = 0; i < plan->picture_count; i++) {
		json_array_append_new(array, picture_json(plan, i, &results[i]));
	}
	json_object_set_new(json, "model", json_text(plan->architecture));
	json_object_set_new(json, "pictures", array);
	json_print(json);
}

/* Where a class is: how much of the picture a segmenter gives it, or a detector's box */
static void add_place(struct table *table, const struct plan *plan,
		const struct classification *class)
{
	if (finds_boxes(plan)) {
		table_add(table, "%.0f,%.0f,%.0f,%.0f", class->box[0], class->box[1],
				class->box[2], class->box[3]);
	} else {
		table_add(table, "%.1f%%", 100 * class->area);
	}
}

static void print_classes(const struct plan *plan, const struct classified *results)
{
	bool dense = graph_is_dense(plan->model->graph);
	const char *between = "";

	for (size_t i = 0; i < plan->picture_count; i++) {
		struct table table;
		if (results[i].failure != NULL) {
			continue;
		}
		printf("%s%s\n", between, plan->pictures[i].path);
		between = "\n";
		table_start(&table, dense ? 4 : 3, dense ? 7 : 3);
		for (size_t k = 0; k < results[i].count; k++) {
			const struct classification *class = &results[i].classes[k];
			table_add(&table, "  %.4f", class->probability);
			if (dense) {
				add_place(&table, plan, class);
			}
			table_add(&table, "%s%" PRId64,
					CNNVIZ_IS_NOT(class->index) ? "not " : "",
					CNNVIZ_CLASS_OF(class->index));
			table_add(&table, "%s",
					model_class_name(plan->model, class->index));
		}
		table_print(&table);
	}
}

/* Name the pictures that failed; returns their number. */
static size_t print_failures(const struct plan *plan, const struct classified *results)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->picture_count; i++) {
		if (results[i].failure != NULL) {
			log_write(LOG_LEVEL_ERROR, "%s", results[i].failure);
			count++;
		}
	}
	if (count > 0) {
		log_write(LOG_LEVEL_INFO, "%zu of %zu pictures done",
				plan->picture_count - count, plan->picture_count);
	}
	return count;
}

/** What is to be classified, and how many classes of each picture are told */
struct classify_work {
	const struct cli_request *request;
	struct plan *plan;
	int64_t top;
};

/** Classify and print; returns the exit code */
static int classify(void *context)
{
	const struct classify_work *work = context;
	const struct cli_request *request = work->request;
	struct plan *plan = work->plan;
	int64_t top = work->top;
	const struct graph *graph = plan->model->graph;
	int64_t outcomes = finds_boxes(plan) ? graph->nodes[graph->logits].shape.extent[2]
					     : logits_outcomes(plan->model->class_count,
							     graph_is_dense(graph));
	size_t count = (size_t)(top < outcomes ? top : outcomes);
	struct classified *results = NULL;
	struct error error;
	cnnviz_status status = run_classify(plan, count, &results, &error);
	if (status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return status == CNNVIZ_ERROR_CANCELED         ? RUN_EXIT_INTERRUPTED
				: status == CNNVIZ_ERROR_INPUT ? CLI_EXIT_INPUT
							       : CLI_EXIT_FAILED;
	}
	if (request->json) {
		print_classes_json(plan, results);
	} else {
		print_classes(plan, results);
	}
	bool failed = print_failures(plan, results) > 0;

	classified_free(results, plan->picture_count);
	return failed ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

int command_classify(const struct cli_request *request)
{
	const struct plan_request plan_request = {
		.architecture = request->model,
		.weights = request->weights,
		.labels = request->labels,
		.overrides = request->overrides,
		.pictures = request->arguments,
		.picture_count = request->argument_count,
	};
	struct problems problems = { 0 };
	int64_t top = 5;
	int status = CLI_EXIT_INPUT;

	if (request->model == NULL) {
		log_write(LOG_LEVEL_ERROR,
				"classify requires a network: -m MODEL (`cnnviz models` "
				"lists them)");
		return CLI_EXIT_INPUT;
	}
	if (request->top != NULL && (!value_int(request->top, &top) || top < 1)) {
		log_write(LOG_LEVEL_ERROR,
				"-k %s is not valid; give the number of classes to show, "
				"1 or more",
				request->top);
		return CLI_EXIT_INPUT;
	}
	struct plan *plan = plan_classify(&plan_request, &problems);
	problems_print(&problems);
	if (plan != NULL) {
		struct classify_work work = { request, plan, top };

		interrupt_install();
		status = plan->isolation.isolate ? run_apart(classify, &work)
						 : classify(&work);
	}
	plan_free(plan);
	problems_free(&problems);
	return status;
}

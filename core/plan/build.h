/**
 * \file    plan/build.h
 * \brief   What the parts of the plan's reader share; for core/plan alone
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "plan/plan.h"

/** Places in the tables of plan_sections */
enum {
	RUN_OUTPUT,
	RUN_SEED,
	RUN_THREADS,
	RUN_BATCH,
	RUN_DEVICE,
	RUN_PLUGIN_PATH,
	RUN_MODEL_PATH,
	RUN_ENGINE,
	RUN_ISOLATE,
	RUN_TIMEOUT,
	RUN_MEMORY_LIMIT,
	RUN_COUNT,
};
enum {
	MODEL_ARCHITECTURE,
	MODEL_WEIGHTS,
	MODEL_LABELS,
	MODEL_VERIFY,
	MODEL_COUNT,
};
enum {
	INPUT_IMAGES,
	INPUT_RESIZE,
	INPUT_FILTER,
	INPUT_SIZE,
	INPUT_REGION,
	INPUT_COUNT,
};
enum {
	EVALUATION_ANNOTATIONS,
	EVALUATION_TOLERANCE,
	EVALUATION_CURVE_STEPS,
	EVALUATION_CURVE_OBJECTS,
	EVALUATION_BLUR,
	EVALUATION_SANITY,
	EVALUATION_SANITY_PICTURES,
	EVALUATION_SANITY_STAGES,
	EVALUATION_COUNT,
};

/** A plan that is being read. */
struct builder {
	struct plan *plan;
	enum plan_purpose purpose;
	struct problems *problems;
	size_t before; /* problems that were there already */
	plan_check check;
	/* The network's graph, also when only its weights or labels are at fault, so
	 * that layers and sizes can be checked all the same; NULL when unknown. */
	const struct graph *graph;
	struct graph *salvaged; /* graph, when there is no plan->model to keep it */
};

/** Section and key whose fault it is, as a problem with the key's line */
void builder_problem(struct builder *builder, const char *section, const char *key,
		const char *format, ...) CNNVIZ_PRINTF(4, 5);

/** Path of a value: relative to the INI file, or to the current folder for -s */
char *builder_path(const struct builder *builder, const struct value *value,
		const char *path);

/** Class by name or index, as far as the model is known. */
cnnviz_status builder_class(const struct builder *builder, const char *text,
		int64_t *index, struct error *error);

/** What a `region` key of a section says, if it says anything, into *region */
void plan_read_region(struct builder *builder, const char *section,
		const struct value *value, struct region *region);

/** Whether a network takes an input of a size; says why not. */
bool plan_network_takes(const struct graph *graph, int64_t height, int64_t width,
		struct error *error);

/**
 * \brief   The pictures of `images` or, where given, exactly those of a request
 *
 * Each gets a name of its own. What is wrong with one is a problem of the key, or of
 * the line of the list that names it.
 */
void plan_read_pictures(struct builder *builder, const struct value *images,
		const struct plan_request *request);

/** [input]: sizes, region and pictures */
void plan_read_input(struct builder *builder, const struct value *values,
		const struct plan_request *request);

/** All sections that are jobs; leaves them in order, --only applied. */
void plan_read_jobs(struct builder *builder, const char *only);

/** Let techniques say whether their jobs make sense, of those that are sound so far. */
void plan_check_jobs(struct builder *builder);

/** Leave the jobs that --only asks for and those that they need, in order. */
void plan_arrange_jobs(struct builder *builder, const char *only);

/** The job that a parameter of a job names, or NULL */
const struct plan_job *plan_named_job(const struct plan *plan, const struct plan_job *job,
		size_t parameter);

/** A job's name that is not far from another, or NULL */
const char *plan_nearest_job(const struct plan *plan, const char *name);

/** "; did you mean "x"?" or "", malloc'ed */
char *plan_suggestion(const char *nearest);

/** Free what a job holds. */
void plan_job_free(struct plan_job *job);

#endif

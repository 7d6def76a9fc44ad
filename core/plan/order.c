/**
 * \file    plan/order.c
 * \brief   Selects the jobs, and orders them by their dependencies
 */
#include "plan/order.h"

#include <stdlib.h>

#include "base/memory.h"
#include "image/render.h"
#include "plan/jobs.h"

/* ---- Order --------------------------------------------------------------------- */

/* Jobs in an order in which dependencies come first, as far as it is found */
struct order {
	const struct plan *plan;
	struct plan_job **jobs;
	size_t count;
	bool *placed; /* for each job of the plan: it is in the order, or on a cycle */
	size_t first; /* jobs of the plan before this one are placed */
};

static bool is_placed(const struct order *order, const struct plan_job *job)
{
	return order->placed[job - order->plan->jobs];
}

static void place_job(struct order *order, const struct plan_job *job)
{
	order->placed[job - order->plan->jobs] = true;
}

/* First dependency of a job that is not placed yet, or NULL */
static const struct plan_job *next_unplaced_need(const struct order *order,
		const struct plan_job *job)
{
	for (size_t i = 0; i < job->need_count; i++) {
		if (!is_placed(order, job->needs[i])) {
			return job->needs[i];
		}
	}
	return NULL;
}

/* First job, in the file's order, that is not placed; with `ready`, only one without
 * open dependencies */
static struct plan_job *next_job(struct order *order, bool ready)
{
	while (order->first < order->plan->job_count && order->placed[order->first]) {
		order->first++;
	}
	for (size_t i = order->first; i < order->plan->job_count; i++) {
		struct plan_job *job = &order->plan->jobs[i];

		if (!is_placed(order, job)
				&& !(ready && next_unplaced_need(order, job) != NULL)) {
			return job;
		}
	}
	return NULL;
}

/* The first job, in the file's order, on a cycle; only if no job is ready */
static const struct plan_job *job_on_cycle(struct order *order)
{
	const struct plan_job *job = next_job(order, false);

	/* After as many steps as there are jobs, the walk is on the cycle. */
	for (size_t i = 0; i < order->plan->job_count; i++) {
		job = next_unplaced_need(order, job);
	}
	const struct plan_job *first = job;
	for (const struct plan_job *other = next_unplaced_need(order, job); other != job;
			other = next_unplaced_need(order, other)) {
		first = other < first ? other : first;
	}
	return first;
}

static const char *key_of_need(const struct plan *plan, const struct plan_job *job,
		const struct plan_job *need)
{
	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		if (plan_named_job(plan, job, i) == need) {
			return job->plugin->parameters[i].name;
		}
	}
	return NULL;
}

/* Report a whole cycle, and mark its jobs as placed so that other cycles are found. */
static void report_cycle(struct builder *builder, struct order *order)
{
	const struct plan_job *first = job_on_cycle(order);
	const struct plan_job *job = first;
	char *chain = memory_text(first->name);
	size_t count = 0;

	do {
		job = next_unplaced_need(order, job);
		count++;
		char *longer = memory_format("%s -> %s", chain, job->name);
		free(chain);
		chain = longer;
	} while (job != first);
	builder_problem(builder, first->name,
			key_of_need(order->plan, first, next_unplaced_need(order, first)),
			"dependency cycle: %s", chain);
	free(chain);
	for (size_t i = 0; i < count; i++) {
		const struct plan_job *next = next_unplaced_need(order, job);

		place_job(order, job);
		job = next;
	}
}

/* Find the order of all jobs. Cycles are problems. */
static bool find_order(struct builder *builder, struct order *order)
{
	bool good = true;

	while (next_job(order, false) != NULL) {
		struct plan_job *job = next_job(order, true);

		if (job != NULL) {
			order->jobs[order->count++] = job;
			place_job(order, job);
		} else {
			report_cycle(builder, order);
			good = false;
		}
	}
	return good;
}

/* ---- --only -------------------------------------------------------------------- */

static void deselect_all(struct plan *plan)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		plan->jobs[i].selected = false;
	}
}

static void read_only(struct builder *builder)
{
	const char *only = builder->options->only;
	struct plan *plan = builder->plan;
	size_t count = 0;

	if (only == NULL) {
		return;
	}
	deselect_all(plan);
	char **names = value_list(only, &count);
	if (count == 0) {
		problems_add(builder->problems, NULL, 0, NULL, NULL,
				"--only: give at least one job");
	}
	for (size_t i = 0; i < count; i++) {
		struct plan_job *job = plan_find_job(plan, names[i]);
		if (job != NULL && !job->implied) {
			job->selected = true;
			continue;
		}
		char *advice = job != NULL
				? memory_format("; add a section [%s]", job->name)
				: builder_suggestion(plan_nearest_job(plan, names[i]));
		problems_add(builder->problems, NULL, 0, NULL, NULL,
				"--only: there is no job \"%s\" in %s%s", names[i],
				plan->ini->path, advice);
		free(advice);
	}
	free(names);
}

/* ---- The needed jobs in order -------------------------------------------------- */

/* Whether each job is selected or needed by a selected one */
static bool *find_needed(const struct order *order)
{
	const struct plan *plan = order->plan;
	bool *needed = memory_new(plan->job_count + 1, sizeof(*needed));

	for (size_t i = order->count; i-- > 0;) {
		const struct plan_job *job = order->jobs[i];
		bool *own = &needed[job - plan->jobs];

		*own = *own || job->selected;
		for (size_t k = 0; *own && k < job->need_count; k++) {
			needed[job->needs[k] - plan->jobs] = true;
		}
	}
	return needed;
}

/* Style of a job's maps: its own, or that of the first job it depends on */
static uint32_t find_style(const struct plan_job *job)
{
	uint32_t style = job->plugin->technique.map_style;

	return style != CNNVIZ_MAP_LIKE_JOB ? style : job->needs[0]->map_style;
}

/* Opacity of the strongest signed evidence, if none is given: it is sparse */
#define SIGNED_OPACITY 0.8

static struct value *find_default(const struct plan_job *job, const char *name)
{
	size_t index = parameter_find(attribution_parameters, attribution_parameter_count,
			name);

	return job->common[index].is_default ? &job->common[index] : NULL;
}

/* Signed evidence has a color map and an opacity of its own, unless they are given. */
static void choose_drawing(struct plan_job *job)
{
	if (job->map_style != CNNVIZ_MAP_SIGNED) {
		return;
	}
	struct value *colormap = find_default(job, "colormap");
	struct value *opacity = find_default(job, "opacity");

	if (colormap != NULL) {
		free(colormap->text);
		colormap->text = memory_text(colormap_names[COLORMAP_DIVERGING]);
		colormap->integer = COLORMAP_DIVERGING;
	}
	if (opacity != NULL) {
		free(opacity->text);
		opacity->text = memory_format("%g", SIGNED_OPACITY);
		opacity->real = SIGNED_OPACITY;
	}
}

/* Update the references of a job to other jobs, which have moved. */
static void move_references(const struct plan *plan, const struct plan_job *jobs,
		struct plan_job *const *moved, struct plan_job *job)
{
	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		struct value *value = &job->values[i];

		if (job->plugin->parameters[i].type == CNNVIZ_PARAMETER_JOB
				&& value->set) {
			value->integer = moved[value->integer] - jobs;
		}
	}
	for (size_t i = 0; i < job->need_count; i++) {
		job->needs[i] = moved[job->needs[i] - plan->jobs];
	}
}

/* Put the needed jobs in order, and drop the others. */
static void reorder_jobs(struct plan *plan, const struct order *order)
{
	bool *needed = find_needed(order);
	struct plan_job *jobs = memory_new(plan->job_count, sizeof(*jobs));
	struct plan_job **moved = memory_new(plan->job_count, sizeof(struct plan_job *));
	size_t count = 0;

	for (size_t i = 0; i < order->count; i++) {
		size_t index = (size_t)(order->jobs[i] - plan->jobs);

		if (!needed[index]) {
			plan_job_free(order->jobs[i]);
			continue;
		}
		struct plan_job *job = &jobs[count++];
		moved[index] = job;
		*job = *order->jobs[i];
		move_references(plan, jobs, moved, job);
		job->map_style = find_style(job);
		choose_drawing(job);
	}
	free(plan->jobs);
	plan->jobs = jobs;
	plan->job_count = count;
	free(moved);
	free(needed);
}

void plan_arrange_jobs(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct order order = {
		.plan = plan,
		.jobs = memory_new(plan->job_count, sizeof(struct plan_job *)),
		.placed = memory_new(plan->job_count, sizeof(bool)),
	};

	read_only(builder);
	if (find_order(builder, &order) && builder->problems->count == builder->before) {
		reorder_jobs(plan, &order);
	}
	free(order.placed);
	free(order.jobs);
}

/**
 * \file    plan/plan.c
 * \brief   A checked plan
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <strings.h>

enum image_fit plan_picture_fit(const struct plan *plan, size_t picture)
{
	return plan->pictures[picture].array ? IMAGE_FIT_NONE : plan->fit;
}

struct plan_job *plan_find_job(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->job_count; i++) {
		if (strcasecmp(plan->jobs[i].name, name) == 0) {
			return &plan->jobs[i];
		}
	}
	return NULL;
}

bool job_is_once(const struct plan_job *job)
{
	return job->plugin->technique.kind == CNNVIZ_KIND_GENERAL
			&& job->plugin->technique.run_mode == CNNVIZ_RUN_ONCE;
}

size_t plan_own_pictures(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->picture_count; i++) {
		count += !plan->pictures[i].elsewhere;
	}
	return count;
}

size_t plan_job_results(const struct plan *plan, const struct plan_job *job)
{
	return job_is_once(job) ? !job->elsewhere : plan_own_pictures(plan);
}

const struct value *job_common_value(const struct plan_job *job, const char *name)
{
	static const struct value unset = { 0 };
	size_t index = parameter_find(attribution_parameters, attribution_parameter_count,
			name);

	return job->common == NULL || index == attribution_parameter_count
			? &unset
			: &job->common[index];
}

bool job_draws_at_picture(const struct plan_job *job, bool over_picture)
{
	const struct value *at = job_common_value(job, "at");

	return at->set ? at->integer == ATTRIBUTION_AT_PICTURE : over_picture;
}

bool plan_draws_over_pictures(const struct plan *plan)
{
	size_t i = plan->format == PLAN_FORMAT_NONE ? plan->job_count : 0;

	while (i < plan->job_count
			&& !(plan->jobs[i].selected && plan->jobs[i].common != NULL
					&& plan->jobs[i].map_style != CNNVIZ_MAP_GRADIENT
					&& job_draws_at_picture(&plan->jobs[i], true))) {
		i++;
	}
	return i < plan->job_count;
}

size_t plan_job_parameters(const struct plan_job *job)
{
	return job->plugin->technique.parameter_count
			+ (job->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION
							? attribution_parameter_count
							: 0);
}

void plan_job_free(struct plan_job *job)
{
	if (job->values != NULL) {
		values_free(job->values, plan_job_parameters(job));
	}
	if (job->region != NULL) {
		region_clear(job->region);
	}
	free(job->region);
	free(job->values);
	free(job->needs);
	free(job->name);
}

static void free_pictures(struct plan *plan)
{
	for (size_t i = 0; i < plan->picture_count; i++) {
		free(plan->pictures[i].path);
		free(plan->pictures[i].name);
		free(plan->pictures[i].failure);
	}
	free(plan->pictures);
}

void plan_set_pictures(struct plan *plan, struct plan_picture *pictures, size_t count)
{
	free_pictures(plan);
	plan->pictures = pictures;
	plan->picture_count = count;
}

void plan_free(struct plan *plan)
{
	if (plan == NULL) {
		return;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		plan_job_free(&plan->jobs[i]);
	}
	free_pictures(plan);
	region_clear(&plan->region);
	free(plan->evaluation.annotations);
	free(plan->jobs);
	free(plan->engine);
	free(plan->device);
	free(plan->output);
	free(plan->architecture);
	for (size_t i = 0; i < plan->network_count; i++) {
		model_free(plan->networks[i].model);
		free(plan->networks[i].text);
	}
	free(plan->networks);
	model_free(plan->model);
	for (char **set = plan->command.set; set != NULL && *set != NULL; set++) {
		free(*set);
	}
	free(plan->command.set);
	free(plan->command.only);
	free(plan->command.folder);
	registry_free(plan->registry);
	paths_free(plan->paths);
	ini_free(plan->ini);
	free(plan);
}

/**
 * \file    plan/files.c
 * \brief   The files that jobs read
 */
#include "plan/files.h"

#include "plugin/attribution.h"

static void visit_values(const cnnviz_parameter *parameters, const struct value *values,
		size_t count, plan_file_visit *visit, void *context)
{
	for (size_t i = 0; i < count; i++) {
		const struct value *value = &values[i];
		uint32_t type = parameters[i].type;

		if (type != CNNVIZ_PARAMETER_PATH && type != CNNVIZ_PARAMETER_PICTURES) {
			continue;
		}
		for (size_t k = 0; k < value->item_count; k++) {
			visit(context, value->items[k].text);
		}
		if (value->item_count == 0 && value->text != NULL) {
			visit(context, value->text);
		}
	}
}

void plan_visit_files(const struct plan *plan, plan_file_visit *visit, void *context)
{
	for (size_t i = 0; i < plan->picture_count; i++) {
		visit(context, plan->pictures[i].path);
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];

		visit_values(job->plugin->parameters, job->values,
				job->plugin->technique.parameter_count, visit, context);
		visit_values(attribution_parameters, job->common,
				job->common != NULL ? attribution_parameter_count : 0,
				visit, context);
	}
}

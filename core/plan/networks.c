/**
 * \file    plan/networks.c
 * \brief   Networks besides that of [model], which jobs' parameters name
 */
#include "plan/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "plan/model_section.h"

/** What does not fit the run, whose pictures and targets the network gets; or NULL */
static const char *find_misfit(const struct plan *plan, const struct model *model)
{
	const struct graph *own = plan->model->graph, *other = model->graph;

	if (own->normalization.channels != other->normalization.channels) {
		return "it takes inputs of another number of channels than the network "
		       "of [model]";
	}
	return graph_is_dense(own) != graph_is_dense(other)
			? "one of it and the network of [model] gives scores for each "
			  "position, and the other for the whole picture"
			: NULL;
}

/** Load a network; NULL after adding problems for the job's key */
static struct model *load(struct builder *builder, const char *job, const char *key,
		const struct value *value)
{
	const struct plan *plan = builder->plan;
	const struct model_paths paths = { .folders = plan->paths->model_folders };
	const char *comma = strchr(value->text, ',');
	size_t length = comma != NULL ? (size_t)(comma - value->text)
				      : strlen(value->text);
	char *name = text_trimmed(value->text, length);
	char *file = comma != NULL ? text_trimmed(comma + 1, strlen(comma + 1)) : NULL;
	char *architecture = plan_architecture_text(name, value->line);
	char *weights = plan_weights_text(file, value->line);
	const struct model_request request = {
		.architecture = architecture,
		.weights = weights,
	};
	struct problems said = { 0 };
	struct model *model = model_load(&paths, plan->ini->folder, &request, &said);
	const char *misfit = model != NULL && plan->model != NULL
			? find_misfit(plan, model)
			: NULL;

	for (size_t i = 0; i < said.count; i++) {
		builder_problem(builder, job, key, "the network \"%s\": %s", value->text,
				said.items[i].text);
	}
	if (misfit != NULL) {
		builder_problem(builder, job, key,
				"the network \"%s\" cannot be used: %s", value->text,
				misfit);
		model_free(model);
		model = NULL;
	}
	problems_free(&said);
	free(weights);
	free(architecture);
	free(file);
	free(name);
	return model;
}

/** The place of a network in the plan, where it is loaded if it is not there yet */
static size_t find_network(struct builder *builder, const char *job, const char *key,
		const struct value *value)
{
	struct plan *plan = builder->plan;
	size_t i = 0;

	while (i < plan->network_count
			&& strcmp(plan->networks[i].text, value->text) != 0) {
		i++;
	}
	if (i == plan->network_count) {
		struct model *model = load(builder, job, key, value);

		if (model == NULL) {
			return 0;
		}
		plan->networks = memory_resize(plan->networks, i + 1,
				sizeof(*plan->networks));
		plan->networks[i] = (struct plan_network){
			.text = memory_text(value->text),
			.model = model,
		};
		plan->network_count = i + 1;
	}
	return i;
}

void plan_read_networks(struct builder *builder, struct plan_job *job)
{
	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		const cnnviz_parameter *parameter = &job->plugin->parameters[i];

		if (parameter->type == CNNVIZ_PARAMETER_NETWORK && job->values[i].set
				&& job->values[i].text != NULL) {
			job->values[i].integer = (int64_t)find_network(builder, job->name,
					parameter->name, &job->values[i]);
		}
	}
}

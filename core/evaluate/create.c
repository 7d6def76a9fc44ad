/**
 * \file    evaluate/create.c
 * \brief   What an evaluation measures: the sources and the targets, before anything is computed
 */
#include "evaluate/evaluation.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "evaluate/mask.h"
#include "plan/shard.h"

/* Defaults of tolerance and blur: 15 and 5 pixels at a side of 224, as in the papers */
#define DEFAULT_SIDE 224.0
#define DEFAULT_TOLERANCE 15.0
#define DEFAULT_BLUR 5.0

bool source_is_measured(const struct plan_job *job)
{
	return job->selected
			&& (job->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION
					|| mask_is_emitted(job));
}

static void start_tallies(const struct evaluation *evaluation, struct source *source)
{
	size_t points = evaluation->curve_steps + 1;

	source->scores = memory_new(evaluation->target_count, sizeof(*source->scores));
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		source->tallies[role].deletion = memory_new(points, sizeof(int64_t));
		source->tallies[role].insertion = memory_new(points, sizeof(int64_t));
	}
}

static void find_sources(struct evaluation *evaluation)
{
	const struct plan *plan = evaluation->plan;

	evaluation->sources = memory_new(plan->job_count + BASELINE_COUNT,
			sizeof(*evaluation->sources));
	for (size_t i = 0; i < plan->job_count; i++) {
		if (source_is_measured(&plan->jobs[i])) {
			struct source *source =
					&evaluation->sources[evaluation->source_count++];
			source->name = plan->jobs[i].name;
			source->job = &plan->jobs[i];
			source->masks = mask_is_emitted(&plan->jobs[i]);
			start_tallies(evaluation, source);
		}
	}
	for (size_t i = 0; i < BASELINE_COUNT; i++) {
		struct source *source = &evaluation->sources[evaluation->source_count++];
		source->name = baseline_names[i];
		source->baseline = (enum baseline)i;
		start_tallies(evaluation, source);
	}
}

size_t target_shard(const struct evaluation *evaluation, size_t target, size_t count)
{
	char *name = shard_name(evaluation->plan->ini->folder,
			evaluation->targets[target].picture->path);
	size_t shard = shard_of(name, count);

	free(name);
	return shard;
}

/* Whether another shard of the evaluation measures a target */
static bool is_elsewhere(const struct evaluation *evaluation, size_t target)
{
	const struct plan_shard *shard = &evaluation->plan->shard;

	return shard->count > 0
			&& target_shard(evaluation, target, shard->count) != shard->index;
}

/* Make a target of each object, and let the plan's pictures be the targets */
static void find_targets(struct evaluation *evaluation)
{
	const struct annotations *annotations = evaluation->annotations;
	struct plan *plan = evaluation->plan;
	struct plan_picture *pictures;
	size_t count = 0;

	for (size_t i = 0; i < annotations->count; i++) {
		count += annotations->pictures[i].count;
	}
	evaluation->targets = memory_new(count, sizeof(*evaluation->targets));
	pictures = memory_new(count, sizeof(*pictures));
	for (size_t i = 0; i < annotations->count; i++) {
		const struct annotation_picture *picture = &annotations->pictures[i];
		for (size_t k = 0; k < picture->count; k++) {
			size_t index = evaluation->target_count++;
			struct target *target = &evaluation->targets[index];
			target->picture = picture;
			target->object = &picture->objects[k];
			for (size_t j = 0; j < 4; j++) {
				target->box[j] = target->object->box[j]
						* (double)plan->size[1 - j % 2]
						/ (double)(j % 2 == 0 ? picture->width
								      : picture->height);
			}
			pictures[index] = (struct plan_picture){
				.path = memory_text(picture->path),
				.name = path_stem(picture->path),
				.target = target->object->class_index,
				.width = picture->width,
				.height = picture->height,
				.array = picture->array,
				.elsewhere = is_elsewhere(evaluation, index),
			};
		}
	}
	plan_set_pictures(plan, pictures, count);
}

static void choose_settings(struct evaluation *evaluation)
{
	const struct plan_evaluation *wanted = &evaluation->plan->evaluation;
	const int64_t *size = evaluation->plan->size;
	double side = (double)(size[0] > size[1] ? size[0] : size[1]);

	evaluation->tolerance = wanted->tolerance >= 0
			? wanted->tolerance
			: side * DEFAULT_TOLERANCE / DEFAULT_SIDE;
	evaluation->blur = wanted->blur >= 0 ? wanted->blur
					     : side * DEFAULT_BLUR / DEFAULT_SIDE;
	evaluation->curve_steps = (size_t)wanted->curve_steps;
	criteria_kinds(evaluation->plan, &evaluation->kinds);
}

static void warn_of_targets(const struct evaluation *evaluation)
{
	size_t index = parameter_find(attribution_parameters, attribution_parameter_count,
			"target");

	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct plan_job *job = evaluation->sources[i].job;
		if (job != NULL && job->common != NULL
				&& ((index < attribution_parameter_count
						    && job->common[index].set)
						|| job->neuron != 0)) {
			log_write(LOG_LEVEL_WARNING,
					"%s: [%s] %s is ignored: each object is "
					"explained for its own class",
					evaluation->plan->ini->path, job->name,
					job->neuron != 0 ? "neuron" : "target");
		}
	}
}

struct evaluation *evaluation_create(struct plan *plan, struct annotations *annotations)
{
	struct evaluation *evaluation = memory_new(1, sizeof(*evaluation));

	evaluation->plan = plan;
	evaluation->annotations = annotations;
	choose_settings(evaluation);
	find_targets(evaluation);
	find_sources(evaluation);
	warn_of_targets(evaluation);
	return evaluation;
}

void evaluation_start_stages(struct evaluation *evaluation, size_t count)
{
	evaluation->stage_count = count;
	evaluation->stages = memory_new(count, sizeof(char *));
	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct source *source = &evaluation->sources[i];

		if (source_is_compared(source)) {
			source->similarity = memory_new(count,
					sizeof(*source->similarity));
		}
	}
}

void evaluation_free(struct evaluation *evaluation)
{
	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct source *source = &evaluation->sources[i];
		for (size_t role = 0; role < ROLE_COUNT; role++) {
			free(source->tallies[role].deletion);
			free(source->tallies[role].insertion);
		}
		free(source->similarity);
		free(source->scores);
		free(source->failure);
	}
	for (size_t i = 0; i < evaluation->stage_count; i++) {
		free(evaluation->stages[i]);
	}
	free(evaluation->stages);
	free(evaluation->sources);
	free(evaluation->targets);
	free(evaluation->engine);
	annotations_free(evaluation->annotations);
	free(evaluation);
}

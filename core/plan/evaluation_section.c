/**
 * \file    plan/evaluation_section.c
 * \brief   Reads [evaluation]: the settings of `cnnviz evaluate`
 */
#include "plan/evaluation_section.h"

#include "plan/sections.h"

static void refuse_curves(struct builder *builder)
{
	const struct plan_evaluation *evaluation = &builder->plan->evaluation;
	int i = 0;

	while (i < PLAN_MEASURE_COUNT
			&& !(evaluation->measures[i]
					&& plan_measure_is_curve((enum plan_measure)i))) {
		i++;
	}
	if (i < PLAN_MEASURE_COUNT) {
		builder_problem(builder, "evaluation", "measures",
				"%s is the area under a curve, and curve_steps = 0 "
				"leaves "
				"curves out; give curve_steps at least 1, or measures "
				"without it",
				plan_measure_names[i]);
	}
}

static void read_measures(struct builder *builder, const struct value *measures)
{
	struct plan_evaluation *evaluation = &builder->plan->evaluation;
	bool all = measures->set && measures->item_count == 0;

	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		evaluation->measures[i] = all;
	}
	for (size_t i = 0; i < measures->item_count; i++) {
		evaluation->measures[measures->items[i].integer] = true;
	}
}

static void read_settings(struct builder *builder, const struct value *values)
{
	struct plan_evaluation *evaluation = &builder->plan->evaluation;

	evaluation->tolerance = values[EVALUATION_TOLERANCE].set
			? values[EVALUATION_TOLERANCE].real
			: -1;
	evaluation->blur = values[EVALUATION_BLUR].set ? values[EVALUATION_BLUR].real
						       : -1;
	evaluation->curve_steps = values[EVALUATION_CURVE_STEPS].integer;
	evaluation->curve_all = values[EVALUATION_CURVE_OBJECTS].integer != 0;
	evaluation->sanity = values[EVALUATION_SANITY].integer != 0;
	evaluation->sanity_pictures = values[EVALUATION_SANITY_PICTURES].integer;
	evaluation->sanity_stages = values[EVALUATION_SANITY_STAGES].integer;
	evaluation->fidelity_samples =
			(size_t)values[EVALUATION_FIDELITY_SAMPLES].integer;
	evaluation->sensitivity_samples =
			(size_t)values[EVALUATION_SENSITIVITY_SAMPLES].integer;
	evaluation->sensitivity_radius = values[EVALUATION_SENSITIVITY_RADIUS].real;
	read_measures(builder, &values[EVALUATION_MEASURES]);
	if (values[EVALUATION_CURVE_STEPS].set && evaluation->curve_steps == 0) {
		refuse_curves(builder);
	}
}

void plan_read_evaluation(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct value values[EVALUATION_COUNT] = { 0 };
	const struct value *annotations = &values[EVALUATION_ANNOTATIONS];
	bool there = ini_find_section(plan->ini, "evaluation") != NULL;

	values_read(plan->ini, "evaluation",
			plan_sections[PLAN_SECTION_EVALUATION].parameters,
			EVALUATION_COUNT, NULL, NULL, values, builder->problems);
	if (annotations->text != NULL) {
		plan->evaluation.annotations = builder_path(builder, annotations,
				annotations->text);
	} else if (there || builder->options->purpose == PLAN_FOR_EVALUATION) {
		builder_problem(builder, "evaluation", "annotations",
				"it is missing: give the JSON file with the objects' "
				"positions");
	}
	read_settings(builder, values);
	values_free(values, EVALUATION_COUNT);
}

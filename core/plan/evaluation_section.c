/**
 * \file    plan/evaluation_section.c
 * \brief   Reads [evaluation]: the settings of `cnnviz evaluate`
 */
#include "plan/evaluation_section.h"

#include "plan/sections.h"

void plan_read_evaluation(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct plan_evaluation *evaluation = &plan->evaluation;
	struct value values[EVALUATION_COUNT] = { 0 };
	const struct value *annotations = &values[EVALUATION_ANNOTATIONS];
	bool there = ini_find_section(plan->ini, "evaluation") != NULL;

	values_read(plan->ini, "evaluation",
			plan_sections[PLAN_SECTION_EVALUATION].parameters,
			EVALUATION_COUNT, NULL, NULL, values, builder->problems);
	if (annotations->text != NULL) {
		evaluation->annotations = builder_path(builder, annotations,
				annotations->text);
	} else if (there || builder->options->purpose == PLAN_FOR_EVALUATION) {
		builder_problem(builder, "evaluation", "annotations",
				"it is missing: give the JSON file with the objects' "
				"positions");
	}
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
	values_free(values, EVALUATION_COUNT);
}

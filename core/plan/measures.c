/**
 * \file    plan/measures.c
 * \brief   The words of [evaluation] measures
 */
#include "plan/measures.h"

#include <stddef.h>

const char *const plan_measure_names[PLAN_MEASURE_COUNT + 1] = {
	[PLAN_MEASURE_AVERAGE_DROP] = "average_drop",
	[PLAN_MEASURE_INCREASE] = "increase",
	[PLAN_MEASURE_ADCC] = "adcc",
	[PLAN_MEASURE_COHERENCY] = "coherency",
	[PLAN_MEASURE_ADCC_COMPLEXITY] = "adcc_complexity",
	[PLAN_MEASURE_ROAD] = "road",
	[PLAN_MEASURE_ROAD_MORF] = "road_morf",
	[PLAN_MEASURE_ROAD_LERF] = "road_lerf",
	[PLAN_MEASURE_DELETION_ZERO] = "deletion_zero",
	[PLAN_MEASURE_DELETION_MEAN] = "deletion_mean",
	[PLAN_MEASURE_DELETION_BLUR] = "deletion_blur",
	[PLAN_MEASURE_INSERTION_ZERO] = "insertion_zero",
	[PLAN_MEASURE_INSERTION_MEAN] = "insertion_mean",
	[PLAN_MEASURE_INSERTION_BLUR] = "insertion_blur",
	[PLAN_MEASURE_INFIDELITY] = "infidelity",
	[PLAN_MEASURE_MU_FIDELITY] = "mu_fidelity",
	[PLAN_MEASURE_SENSITIVITY] = "sensitivity",
	[PLAN_MEASURE_SPARSENESS] = "sparseness",
	[PLAN_MEASURE_COMPLEXITY] = "complexity",
	[PLAN_MEASURE_COUNT] = NULL,
};

bool plan_measure_is_curve(enum plan_measure measure)
{
	return measure >= PLAN_MEASURE_DELETION_ZERO
			&& measure <= PLAN_MEASURE_INSERTION_BLUR;
}

/**
 * \file    plan/measures.h
 * \brief   The words of [evaluation] measures
 */
#ifndef PLAN_MEASURES_H
#define PLAN_MEASURES_H

#include <stdbool.h>

enum plan_measure {
	PLAN_MEASURE_AVERAGE_DROP,
	PLAN_MEASURE_INCREASE,
	PLAN_MEASURE_ADCC,
	PLAN_MEASURE_COHERENCY,
	PLAN_MEASURE_ADCC_COMPLEXITY,
	PLAN_MEASURE_ROAD,
	PLAN_MEASURE_ROAD_MORF,
	PLAN_MEASURE_ROAD_LERF,
	PLAN_MEASURE_DELETION_ZERO,
	PLAN_MEASURE_DELETION_MEAN,
	PLAN_MEASURE_DELETION_BLUR,
	PLAN_MEASURE_INSERTION_ZERO,
	PLAN_MEASURE_INSERTION_MEAN,
	PLAN_MEASURE_INSERTION_BLUR,
	PLAN_MEASURE_INFIDELITY,
	PLAN_MEASURE_MU_FIDELITY,
	PLAN_MEASURE_SENSITIVITY,
	PLAN_MEASURE_SPARSENESS,
	PLAN_MEASURE_COMPLEXITY,
	PLAN_MEASURE_COUNT,
};

/** In the order of the enum, NULL-terminated; also their names in evaluation.json */
extern const char *const plan_measure_names[PLAN_MEASURE_COUNT + 1];

/** Whether it is the area under a curve of [evaluation] curve_steps */
bool plan_measure_is_curve(enum plan_measure measure);

#endif

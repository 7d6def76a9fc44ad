/**
 * \file    evaluate/criterion.h
 * \brief   What [evaluation] measures names: one row for each measure
 *
 * None of them needs to know where an object is. How a kind of measure is computed stands
 * in a file of its own.
 */
#ifndef EVALUATE_CRITERION_H
#define EVALUATE_CRITERION_H

#include "evaluate/map_case.h"

/** A measure, which is a column in all reports, and what it takes; the rest is NULL */
struct criterion {
	const char *head;    /* in evaluation.txt */
	const char *name;    /* in index.html */
	const char *meaning; /* in one line */
	int better;          /* 1: higher, -1: lower */
	const struct probe *probe;
	const struct rerun *rerun;
	criterion_look *look; /* after both */
};

extern const struct criterion criteria[PLAN_MEASURE_COUNT];

/** Kinds of measures, none of them twice */
struct criterion_kinds {
	const struct probe *probes[PLAN_MEASURE_COUNT];
	size_t probe_count;
	const struct rerun *reruns[PLAN_MEASURE_COUNT];
	size_t rerun_count;
	criterion_look *looks[PLAN_MEASURE_COUNT];
	size_t look_count;
};

/** What the plan's measures take, and its curves */
void criteria_kinds(const struct plan *plan, struct criterion_kinds *kinds);

/** Whether some of that runs the network */
bool criteria_run(const struct criterion_kinds *kinds);

#endif

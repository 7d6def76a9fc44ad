/**
 * \file    evaluate/criterion.h
 * \brief   What [evaluation] measures names: one row for each measure
 *
 * None of them needs to know where an object is. They ask what the network does with a
 * changed picture (a probe), what the technique does with one (a rerun), or look at the
 * map alone. How a kind of measure is computed stands in a file of its own.
 */
#ifndef EVALUATE_CRITERION_H
#define EVALUATE_CRITERION_H

#include "base/tensor.h"
#include "graph/logits.h"
#include "plan/plan.h"

/** A map, and the picture that it explains; everything is borrowed */
struct map_case {
	const struct plan *plan;
	const cnnviz_tensor *input;   /* (1,C,H,W), normalized */
	const cnnviz_tensor *blurred; /* the same, blurred */
	const cnnviz_tensor *maps;    /* as the technique gave them; NULL: not a job's */
	size_t item;                  /* of these maps */
	uint64_t stream;              /* of the picture's random numbers */
	struct classification *base;  /* of the target in the unchanged picture */
	int64_t target;
	const unsigned char *inside; /* positions of logits that count; NULL: all */
	const float *plane;    /* H*W values, none negative: what is drawn of the map */
	const float *evidence; /* H*W values: the same, with evidence against the target */
	/* H*W values: how much of the logit a pixel gives, if the map says so linearly */
	const float *linear;
	double *values; /* PLAN_MEASURE_COUNT, NAN where there is none */
	double *deletion,
			*insertion; /* points of the plain curves, curve_steps + 1 each */
};

/** A kind of measure that looks at the map alone */
typedef void criterion_look(const struct map_case *map);

struct probe;
struct rerun;

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

/** Number of values in the planes of a map */
int64_t map_area(const struct map_case *map);

#endif

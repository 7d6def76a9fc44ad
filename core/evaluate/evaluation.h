/**
 * \file    evaluate/evaluation.h
 * \brief   What an evaluation has found: the one source of all its reports
 */
#ifndef EVALUATE_EVALUATION_H
#define EVALUATE_EVALUATION_H

#include "evaluate/annotation.h"
#include "evaluate/baseline.h"
#include "evaluate/measure.h"
#include "plan/plan.h"

/** The two kinds of objects, which are reported apart */
enum role {
	ROLE_MAIN,
	ROLE_DISTRACTOR,
	ROLE_COUNT,
};

/** "main", "distractor" */
extern const char *const role_names[ROLE_COUNT];

/** An object on its way through the evaluation; picture i of the plan is object i */
struct target {
	const struct annotation_picture *picture;
	const struct annotation_object *object;
	double box[4]; /* in pixels of the network's input */
};

/** One map's measures */
struct score {
	bool measured;
	bool zero; /* the map has no value above 0 */
	double pointing;
	double inside; /* pointing without tolerance */
	double energy;
	double iou;      /* at the map's own best threshold */
	bool curves;     /* whether the next two were measured */
	double deletion; /* areas under the curves */
	double insertion;
};

/** Sums over the maps of a source and role */
struct tally {
	size_t maps;
	double levels[MEASURE_LEVELS]; /* of intersection over union */
	size_t curves;
	double *deletion; /* steps + 1 places each */
	double *insertion;
};

/** Likeness of a source's maps to those of the trained network, in one stage */
struct likeness {
	size_t maps;
	double spearman; /* means, once all are compared */
	double ssim;
};

/** A job whose maps are measured, or a baseline */
struct source {
	const char *name;
	const struct plan_job *job; /* NULL for a baseline */
	enum baseline baseline;
	bool masks;           /* the job's masks are measured, for it gives no maps */
	char *failure;        /* why it could not be measured, or NULL */
	struct score *scores; /* for every target */
	struct tally tallies[ROLE_COUNT];
	struct likeness *likeness; /* for every stage; NULL for baselines */
};

/** Whether the sanity checks compare a source's maps: jobs' alone, and no masks */
bool source_is_compared(const struct source *source);

struct evaluation {
	struct plan *plan;
	struct annotations *annotations;
	struct target *targets;
	size_t target_count;
	struct source *sources; /* jobs in the plan's order, then the baselines */
	size_t source_count;
	double tolerance; /* as used, in pixels of the network's input */
	double blur;
	size_t curve_steps;
	size_t sanity_pictures; /* really compared */
	char **stages;          /* layer that each stage comes down to */
	size_t stage_count;
	char *engine; /* what it says of itself */
};

/** A source's means over the objects of a role, and perhaps of one class */
struct summary {
	size_t maps;
	size_t zero;
	double pointing;
	double inside;
	double energy;
	double iou;        /* at each map's best threshold */
	double iou_common; /* at the one threshold that is best for all; not by class */
	double threshold;  /* that, as a share of a map's maximum */
	size_t curves;
	double deletion;
	double insertion;
};

#define ANY_CLASS INT64_C(-1)

/** Means of what was measured; maps is 0 where nothing was. */
struct summary evaluation_summary(const struct evaluation *evaluation,
		const struct source *source, enum role role, int64_t class_index);

/** How many objects there are of a role and class (or ANY_CLASS) */
size_t evaluation_objects(const struct evaluation *evaluation, enum role role,
		int64_t class_index);

#endif

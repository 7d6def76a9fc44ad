/**
 * \file    evaluate/evaluation.h
 * \brief   The results of an evaluation, from which all reports are made
 */
#ifndef EVALUATE_EVALUATION_H
#define EVALUATE_EVALUATION_H

#include "evaluate/annotation.h"
#include "evaluate/baseline.h"
#include "evaluate/criterion.h"
#include "evaluate/measure.h"
#include "evaluate/total.h"
#include "plan/plan.h"

/** The two kinds of objects, which are reported separately */
enum role {
	ROLE_MAIN,
	ROLE_DISTRACTOR,
	ROLE_COUNT,
};

/** "main", "distractor" */
extern const char *const role_names[ROLE_COUNT];

/** An object under evaluation; picture i of the plan is target i */
struct target {
	const struct annotation_picture *picture;
	const struct annotation_object *object;
	double box[4]; /* in pixels of the network's input */
};

/** One map's measures */
struct score {
	bool measured;
	bool zero; /* the map has no positive value */
	double pointing;
	double inside; /* pointing without tolerance */
	double energy;
	double iou;      /* at the best threshold for this map */
	bool curves;     /* whether the next two were measured */
	double deletion; /* areas under the curves */
	double insertion;
	bool has[PLAN_MEASURE_COUNT]; /* which of the plan's measures have a value */
	double values[PLAN_MEASURE_COUNT];
};

/** Totals over the maps of a source and role: see total.h */
struct tally {
	size_t maps;
	int64_t levels[MEASURE_LEVELS]; /* of intersection over union */
	size_t curves;
	int64_t *deletion; /* steps + 1 values each */
	int64_t *insertion;
};

/** Similarity of a source's maps in one stage to those of the trained network */
struct similarity {
	size_t maps;
	int64_t spearman; /* totals */
	int64_t ssim;
};

/** A job whose maps are measured, or a baseline */
struct source {
	const char *name;
	const struct plan_job *job; /* NULL for a baseline */
	enum baseline baseline;
	bool masks;     /* the job gives masks, which are measured instead of maps */
	bool elsewhere; /* another process measures it: see isolate.h */
	char *failure;  /* why it could not be measured, or NULL */
	struct score *scores; /* one for each target */
	struct tally tallies[ROLE_COUNT];
	struct similarity *similarity; /* one for each stage; NULL for baselines */
};

/** Whether this process measures a source, which has not failed */
bool source_is_due(const struct source *source);

/**
 * Whether the sanity checks compare a source's maps: only those of jobs, and not masks
 */
bool source_is_compared(const struct source *source);

struct evaluation {
	struct plan *plan;
	struct annotations *annotations;
	struct target *targets;
	size_t target_count;
	struct source *sources; /* jobs in the plan's order, then the baselines */
	size_t source_count;
	struct criterion_kinds kinds; /* of what is measured */
	double tolerance;             /* as used, in pixels of the network's input */
	double blur;
	size_t curve_steps;
	size_t sanity_pictures; /* number compared */
	size_t compared;        /* of these, how many by this shard */
	char **stages;          /* last layer that each stage randomizes */
	size_t stage_count;
	char *engine; /* its description of itself */
};

/** Whether a source could not be measured */
bool evaluation_any_failure(const struct evaluation *evaluation);

/** Whether a job is a source */
bool source_is_measured(const struct plan_job *job);

/**
 * \brief   Find what is measured, and choose the settings; nothing is computed yet
 *
 * The plan's pictures become the targets.
 *
 * \param   annotations     Owned by the evaluation
 */
struct evaluation *evaluation_create(struct plan *plan, struct annotations *annotations);

/** Which of so many shards measures a target: all objects of a picture go to the same */
size_t target_shard(const struct evaluation *evaluation, size_t target, size_t count);

/** Make room for so many stages of the sanity checks, and for the similarities in each. */
void evaluation_start_stages(struct evaluation *evaluation, size_t count);

void evaluation_free(struct evaluation *evaluation);

/** The mean of a measure */
struct mean {
	size_t maps; /* that have a value */
	double value;
	double interval; /* half of what holds the mean with 95 % confidence; 0 of one map */
};

/** A source's means over the objects with a role and, optionally, a class */
struct summary {
	size_t maps;
	size_t zero;
	double pointing;
	double inside;
	double energy;
	double iou;        /* at each map's best threshold */
	double iou_common; /* at the best common threshold; not by class */
	double threshold;  /* the common threshold, as a share of a map's maximum */
	size_t curves;
	double deletion;
	double insertion;
};

#define ANY_CLASS INT64_C(-1)

/** Means of what was measured; maps is 0 if nothing was. */
struct summary evaluation_summary(const struct evaluation *evaluation,
		const struct source *source, enum role role, int64_t class_index);

/** Mean of one of the measures that the plan names, over the objects that have it */
struct mean evaluation_mean(const struct evaluation *evaluation,
		const struct source *source, enum role role, int64_t class_index,
		enum plan_measure measure);

/** Whether any source has a value of one of these measures for an object with a role */
bool evaluation_has_means(const struct evaluation *evaluation, enum role role);

/** Number of objects with a role and class (or ANY_CLASS) */
size_t evaluation_objects(const struct evaluation *evaluation, enum role role,
		int64_t class_index);

#endif

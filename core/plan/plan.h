/**
 * \file    plan/plan.h
 * \brief   An INI file as a checked plan: nothing is computed before it stands
 *
 * The plan lives here, not in config/, because it joins what config, plugin, model
 * and image know; those rooms stay ignorant of each other.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "config/value.h"
#include "image/fit.h"
#include "graph/model.h"
#include "plugin/registry.h"
#include "plan/paths.h"
#include "plan/region.h"

#define PLAN_TARGET_PREDICTED INT64_C(-1)

struct plan_picture {
	char *path;
	char *name;     /* folder in the output: stem, made unique with -2, -3 */
	int64_t target; /* class index, or PLAN_TARGET_PREDICTED */
};

struct plan_job {
	char *name; /* section, in lower case */
	int line;
	const struct plugin *plugin;
	uint32_t map_style;   /* attribution: of its maps, never CNNVIZ_MAP_LIKE_JOB */
	struct value *values; /* of plugin->technique.parameters */
	struct value *common; /* attribution: of attribution_parameters; else NULL; same block as values */
	struct region *region;         /* of its own; NULL: the plan's */
	const struct plan_job **needs; /* jobs of the plan that it takes maps from */
	size_t need_count;
	bool sound;  /* its own keys and values are without fault */
	bool wanted; /* false: only computed because another job needs it (--only) */
};

/** [evaluation]: what `cnnviz evaluate` does; `run` ignores it */
struct plan_evaluation {
	char *annotations;   /* path, or NULL */
	double tolerance;    /* of the pointing game, in pixels of the network's input;
	                         * below 0: not given */
	double blur;         /* standard deviation, likewise */
	int64_t curve_steps; /* 0: no curves */
	bool curve_all;      /* for distractors too */
	bool sanity;
	int64_t sanity_pictures;
	int64_t sanity_stages; /* at most */
};

/** What keeps a run from going down with a plugin */
struct plan_isolation {
	bool isolate;         /* each job in a process of its own; the rest only then */
	double timeout;       /* seconds that one call of a technique may take; 0: any */
	int64_t memory_limit; /* MiB for a job's data; 0: any */
};

struct plan {
	struct ini *ini;
	struct paths *paths;
	struct registry *registry;
	struct model *model;
	char *architecture;
	/* [run] */
	char *output; /* absolute */
	uint64_t seed;
	int threads;
	int64_t batch;
	char *device;
	char *engine; /* $CNNVIZ_ENGINE, or [run] engine: a name or a path */
	struct plan_isolation isolation;
	/* [input] */
	int64_t size[2]; /* height, width */
	bool size_free;  /* resize = none: each picture its own size */
	enum image_fit fit;
	uint32_t filter;
	struct region region; /* where targets of a segmentation network are meant */
	struct plan_picture *pictures;
	size_t picture_count;
	struct plan_evaluation evaluation;
	/* Jobs in an order in which needs come first. */
	struct plan_job *jobs;
	size_t job_count;
};

/** The job of a name, or NULL */
struct plan_job *plan_find_job(const struct plan *plan, const char *name);

/** Whether a job is called once, not for pictures */
bool job_is_once(const struct plan_job *job);

/** How many parameters a job has: its technique's, and those of all attributions */
size_t plan_job_parameters(const struct plan_job *job);

/** Free what a job holds. */
void plan_job_free(struct plan_job *job);

/** Put other pictures in place of the plan's; takes the array and what it holds. */
void plan_set_pictures(struct plan *plan, struct plan_picture *pictures, size_t count);

void plan_free(struct plan *plan);

#endif

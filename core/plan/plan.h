/**
 * \file    plan/plan.h
 * \brief   A checked plan: what an INI file asks for, complete before anything is
 *                     computed
 *
 * The plan is not in config/ because it combines config, plugin, graph and image, which
 * do not depend on each other.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "config/value.h"
#include "image/fit.h"
#include "graph/model.h"
#include "plugin/registry.h"
#include "plan/measures.h"
#include "plan/paths.h"
#include "plan/region.h"

#define PLAN_TARGET_PREDICTED INT64_C(-1)
/** The engine chooses the device */
#define PLAN_DEVICE_AUTO "auto"

struct plan_picture {
	char *path;
	char *name;            /* folder in the output: the stem, made unique by -2, -3 */
	int64_t target;        /* or PLAN_TARGET_PREDICTED */
	char *failure;         /* why it cannot be used, or NULL; see plan_classify() */
	int64_t width, height; /* as its file says */
	bool array;            /* an input as it is (.npy), which is not fitted */
	bool elsewhere;        /* another shard of the run makes its results */
};

struct plan_job {
	char *name; /* section, in lower case */
	int line;
	const struct plugin *plugin;
	char plugin_digest[65]; /* of its file, by plugin_files_digest() */
	uint32_t map_style;     /* attribution: of its maps, never CNNVIZ_MAP_LIKE_JOB */
	struct value *values;   /* of plugin->technique.parameters */
	struct value *common; /* attribution: of attribution_parameters; else NULL; same block as values */
	struct region *region; /* the job's own; NULL: the plan's */
	int64_t neuron;        /* target that it explains in place of a class; 0: none */
	const struct plan_job **needs; /* jobs of the plan whose maps it uses */
	size_t need_count;
	bool valid;     /* its own keys and values are valid */
	bool selected;  /* false: only computed because another job needs it */
	bool implied;   /* not in the file, but named by another job; never selected */
	bool elsewhere; /* runs once, in another shard of the run */
};

/** A network besides that of [model], which a job's parameter names */
struct plan_network {
	char *text; /* the value, by which equal ones are found */
	struct model *model;
};

/** [evaluation]: what `cnnviz evaluate` does; `run` ignores it */
struct plan_evaluation {
	char *annotations;   /* path, or NULL */
	double tolerance;    /* in pixels of the input; negative: not set */
	double blur;         /* standard deviation; negative: not set */
	int64_t curve_steps; /* 0: no curves */
	bool curve_all;      /* for distractors too */
	bool sanity;
	int64_t sanity_pictures;
	int64_t sanity_stages; /* at most */
	bool measures[PLAN_MEASURE_COUNT];
	size_t fidelity_samples;
	size_t sensitivity_samples;
	double sensitivity_radius; /* in values of the network's input */
};

/** How a run is protected from plugins */
struct plan_isolation {
	bool isolate;         /* run each job in its own process */
	bool strict;          /* and confine that: see base/sandbox.h */
	double timeout;       /* seconds for one call of a technique; 0: no limit */
	int64_t memory_limit; /* MiB for a job's data; 0: no limit */
};

/** Part of a run that is made by several processes */
struct plan_shard {
	size_t index; /* from 1 */
	size_t count; /* 0: the run is whole */
};

/** What the plan was made of besides the INI file, to make it again; NULL: nothing */
struct plan_command {
	char **set; /* -s, NULL-terminated */
	char *only;
	char *folder; /* in which the command was given: of paths in -s */
};

/** [run] output_format: what becomes of pictures */
enum plan_format {
	PLAN_FORMAT_PNG,
	PLAN_FORMAT_JPEG, /* but for those with opacity or with classes as samples */
	PLAN_FORMAT_NONE, /* none are drawn */
};

struct plan {
	struct ini *ini;
	struct plan_command command;
	struct plan_shard shard;
	struct paths *paths;
	struct registry *registry;
	struct model *model;
	char *architecture;
	/* Of parameters of type NETWORK, each once */
	struct plan_network *networks;
	size_t network_count;
	/* [run] */
	char *output; /* absolute */
	uint64_t seed;
	int threads; /* at least 1 */
	int64_t batch;
	char *device; /* or PLAN_DEVICE_AUTO */
	char *engine; /* $CNNVIZ_ENGINE, or [run] engine: a name or a path */
	struct plan_isolation isolation;
	bool contact_sheet; /* write one for each picture */
	enum plan_format format;
	int jpeg_quality; /* 1 to 100 */
	bool pack;        /* arrays of pictures go into one file for each job */
	/* [input] */
	int64_t size[2]; /* height, width */
	bool size_free;  /* resize = none: each picture its own size */
	enum image_fit fit;
	uint32_t filter;
	struct region region; /* default region of a segmentation network's targets */
	int64_t target;       /* of pictures that name none, or PLAN_TARGET_PREDICTED */
	struct plan_picture *pictures;
	size_t picture_count;
	struct plan_evaluation evaluation;
	/* Jobs in an order in which dependencies come first. */
	struct plan_job *jobs;
	size_t job_count;
};

/** How a picture becomes an input: as the plan says, but for an array, which is one */
enum image_fit plan_picture_fit(const struct plan *plan, size_t picture);

/** The job with this name, or NULL */
struct plan_job *plan_find_job(const struct plan *plan, const char *name);

/** Whether a job runs once, not for each picture */
bool job_is_once(const struct plan_job *job);

/** Number of pictures whose results this run is to have, not another shard */
size_t plan_own_pictures(const struct plan *plan);

/** Number of results that this run is to have of a job */
size_t plan_job_results(const struct plan *plan, const struct plan_job *job);

/** A job's value of a parameter of all attributions; one that is not set for others */
const struct value *job_common_value(const struct plan_job *job, const char *name);

/**
 * Whether an attribution draws at the picture's size, which `at` says; without it, what is
 * drawn over the picture has that size
 */
bool job_draws_at_picture(const struct plan_job *job, bool over_picture);

/** Whether a job that is to be done draws over pictures at their own size */
bool plan_draws_over_pictures(const struct plan *plan);

/** Number of a job's parameters: its technique's, and those of all attributions */
size_t plan_job_parameters(const struct plan_job *job);

/** Free the members of a job. */
void plan_job_free(struct plan_job *job);

/** Replace the plan's pictures; takes ownership of the array and its contents. */
void plan_set_pictures(struct plan *plan, struct plan_picture *pictures, size_t count);

void plan_free(struct plan *plan);

#endif

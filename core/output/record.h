/**
 * \file    output/record.h
 * \brief   What a run has made so far: the one source of manifest and gallery
 *
 * Filled while jobs run; knows nothing of plugins or engines. Nothing in it
 * depends on the clock, so that the same run gives the same manifest.
 */
#ifndef OUTPUT_RECORD_H
#define OUTPUT_RECORD_H

#include "plan/plan.h"
#include "graph/logits.h"

/** How many of a picture's best classes are kept */
#define RECORD_TOP 5

enum record_status {
	RECORD_NOT_RUN,
	RECORD_OK,
	RECORD_FAILED,
	RECORD_INTERRUPTED,
};

struct record_picture {
	bool done;             /* seen by the network; the rest counts only then */
	char *failure;         /* why it could not be used, or NULL */
	char *input;           /* path of the network's view, relative to the output */
	int64_t width, height; /* of the network's view */
	int64_t target;        /* never PLAN_TARGET_PREDICTED once done */
	double target_logit;
	double target_probability;
	size_t top_count;
	struct classification top[RECORD_TOP];
};

struct record_job {
	const struct plan_job *plan;
	enum record_status status;
	char *reason; /* sentence, when failed */
	size_t done;  /* pictures finished */
};

enum record_kind {
	RECORD_IMAGE,     /* a PNG file */
	RECORD_MAP,       /* attribution.npy */
	RECORD_ARRAY,     /* another .npy */
	RECORD_FIGURE,    /* a number, without a file */
	RECORD_ANIMATION, /* a GIF file */
	RECORD_CURVE,     /* an SVG file, and its .npy */
	RECORD_LABELS,    /* an indexed PNG file, and its .npy */
};

/** "image", "map", "array", "figure", "animation", "curve", "labels" */
const char *record_kind_name(enum record_kind kind);

/** A number about an artifact, such as its confidence */
struct record_figure {
	const char *name; /* static */
	double value;
};
#define RECORD_FIGURES 4

/** The static name that equals a name, or NULL when no artifact has such a figure */
const char *record_figure_name(const char *name);

/** What a curve shows */
struct record_curve {
	char *axis;        /* what its values are */
	char **lines;      /* their names */
	size_t line_count; /* 0: they have none */
};

/** A class in a label map */
struct record_area {
	int64_t index;
	uint32_t color; /* 0xRRGGBB */
	int64_t pixels;
	double fraction; /* of the map */
};

/** Not about a picture */
#define RECORD_NO_PICTURE SIZE_MAX

struct record_artifact {
	const struct plan_job *job;
	size_t picture; /* or RECORD_NO_PICTURE */
	int64_t target; /* class, or -1 */
	char *name;     /* without extension */
	enum record_kind kind;
	char *path;            /* relative to the output; NULL for figures */
	char *array;           /* likewise, of the numbers behind a drawing; or NULL */
	int64_t width, height; /* of the picture at path, if it is one */
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
	double value; /* of a figure */
	size_t figure_count;
	struct record_figure figures[RECORD_FIGURES];
	struct record_curve *curve; /* of a curve */
	struct record_area *areas;  /* of labels, the largest first */
	size_t area_count;
};

struct record_warning {
	const struct plan_job *job;
	size_t picture; /* or RECORD_NO_PICTURE */
	int64_t target; /* class, or -1 */
	char *text;
};

/** Who wants to know at once of what a record has got */
struct record_listener {
	void (*changed)(void *context);
	void *context;
};

struct record {
	const struct plan *plan;
	struct record_listener listener; /* .changed may be NULL */
	char *engine_name;
	char *engine_description;
	bool interrupted;
	struct record_picture *pictures; /* as many as in the plan */
	struct record_job *jobs;         /* as many as in the plan, in its order */
	struct record_artifact *artifacts;
	size_t artifact_count;
	struct record_warning *warnings;
	size_t warning_count;
};

/** An empty record; the plan outlives it. */
struct record *record_create(const struct plan *plan);

/** Mark a job failed; the text is copied. The first reason stays. */
void record_fail(struct record *record, struct record_job *job, const char *reason);

/** Count a picture as finished by a job, or its one call. */
void record_done(struct record *record, struct record_job *job);

/**
 * \brief   Append an artifact
 *
 * name and the paths are copied; the rest is taken as it is, curve and areas over.
 */
void record_add(struct record *record, const struct record_artifact *artifact);

/** The artifact of a name that a job's call under way has made, or NULL; borrowed until the next */
const struct record_artifact *record_find(const struct record *record,
		const struct plan_job *job, size_t picture, const char *name);

/**
 * \brief   Append a warning, once for each job, picture and text
 *
 * \return  Whether it is worth printing: no job has said it of that picture yet.
 */
bool record_warn(struct record *record, const struct plan_job *job, size_t picture,
		int64_t target, const char *text);

/**
 * \brief   Bring artifacts and warnings into the order of jobs, then pictures
 *
 * What the size of the batches was then no longer shows.
 */
void record_sort(struct record *record);

/** Whether a job may be left out of reports: nobody asked for it, nothing went wrong */
bool record_hidden(const struct record_job *job);

/** "ok", "failed", "interrupted", "not run" */
const char *record_status_name(enum record_status status);

/**
 * \brief   A job's parameter as people read it, resolved
 *
 * Layers by their own name ("last_conv" becomes the layer it stands for); other
 * types as given. NULL when unset; borrowed from the plan.
 */
const char *record_parameter(const struct plan *plan, const cnnviz_parameter *parameter,
		const struct value *value);

void record_curve_free(struct record_curve *curve);
void record_free(struct record *record);

#endif

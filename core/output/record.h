/**
 * \file    output/record.h
 * \brief   The results of a run so far, from which manifest and gallery are written
 *
 * Filled while jobs run, without knowledge of plugins or engines. Nothing in it depends
 * on time, so that the same run gives the same manifest.
 */
#ifndef OUTPUT_RECORD_H
#define OUTPUT_RECORD_H

#include "base/repeats.h"
#include "plan/plan.h"
#include "graph/logits.h"

/** Number of a picture's best classes that are kept */
#define RECORD_TOP 5

enum record_status {
	RECORD_NOT_RUN,
	RECORD_OK,
	RECORD_FAILED,
	RECORD_INTERRUPTED,
};

struct record_picture {
	char digest[65]; /* SHA-256 of its file; "" until that was read */
	bool done;       /* seen by the network; the members below are valid */
	bool adopted;    /* as an earlier run has left it */
	char *failure;   /* why it could not be used, or NULL */
	char *input;     /* path of the network's view, relative to the output */
	char *sheet;     /* likewise of its contact sheet, or NULL */
	unsigned origin; /* where results are joined: in which folder these files are */
	int64_t width, height; /* of the network's view */
	int64_t target;        /* never PLAN_TARGET_PREDICTED once done */
	double target_logit;
	double target_probability;
	size_t top_count;
	struct classification *top; /* the best classes, of which there are top_count */
};

struct record_job {
	const struct plan_job *plan;
	enum record_status status;
	char *reason;    /* sentence, when failed */
	char digest[65]; /* of what makes its results; "" until known: see digest.h */
	bool draws;      /* random numbers, of which each picture's place has its own */
	size_t done;     /* number of finished pictures */
	unsigned char *finished; /* a bit for each, or one for its only call; or NULL */
};

enum record_kind {
	RECORD_IMAGE,     /* a PNG or JPEG file */
	RECORD_MAP,       /* attribution.npy, or a row of maps.npy */
	RECORD_ARRAY,     /* another .npy */
	RECORD_SCALAR,    /* a scalar, without a file */
	RECORD_ANIMATION, /* a GIF file */
	RECORD_CURVE,     /* an SVG file, and its .npy */
	RECORD_LABELS,    /* an indexed PNG file, and its .npy */
};

/** In the manifest: "image", "map", "array", "figure" for a scalar, "animation", "curve",
 * "labels" */
const char *record_kind_name(enum record_kind kind);

/** A scalar about an artifact, such as its confidence */
struct record_scalar {
	const char *name; /* static */
	double value;
};
#define RECORD_SCALARS 4

/** The static name equal to name, or NULL if artifacts have no such scalar */
const char *record_scalar_name(const char *name);

/** The axis and the lines of a curve */
struct record_curve {
	char *axis;        /* name of its values */
	char **lines;      /* names of its lines */
	size_t line_count; /* 0: the lines have no names */
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
	int64_t target; /* or -1 */
	char *name;     /* without extension */
	enum record_kind kind;
	/* Relative to the output; NULL for scalars, and for what is not drawn */
	char *path;
	char *array;           /* path of the numbers behind a drawing; or NULL */
	bool packed;           /* the array is a row of a pack: see pack.h */
	int64_t row;           /* of that */
	int64_t width, height; /* of the picture at path, if it is one */
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
	double value; /* of a scalar */
	size_t scalar_count;
	struct record_scalar scalars[RECORD_SCALARS];
	struct record_curve *curve; /* of a curve */
	struct record_area *areas;  /* of labels, the largest first */
	size_t area_count;
	unsigned origin; /* as of a picture */
};

struct record_warning {
	const struct plan_job *job;
	size_t picture; /* or RECORD_NO_PICTURE */
	int64_t target; /* or -1 */
	char *text;
};

/** A picture that a job could not do */
struct record_failure {
	const struct plan_job *job;
	size_t picture;
	char *reason;
};

/** At how many nodes of one operation a job's backward passes followed a rule */
struct record_rule {
	const struct plan_job *job;
	uint32_t rule;                     /* CNNVIZ_RULE_* */
	const struct operation *operation; /* NULL: it acted nowhere */
	int64_t nodes;
};

/** "plain", "guided", "deconvnet", "redirected"; NULL past the last one */
const char *record_rule_name(uint32_t rule);

/** Called when a record changes; finished() after all that belongs to the picture */
struct record_listener {
	void (*changed)(void *context);
	void (*seen)(void *context, size_t picture); /* it is done, or has failed */
	void (*finished)(void *context, const struct plan_job *job, size_t picture);
	void *context;
};

/** Called before a record is added to or asked, so that earlier results get there first */
struct record_awaited {
	void (*finish)(void *context);
	void *context;
};

struct record {
	const struct plan *plan;
	struct record_listener listener; /* its functions may be NULL */
	struct record_awaited awaited;   /* .finish may be NULL */
	char *device;                    /* where it was computed; NULL: the plan's */
	char digest[65]; /* of what makes classes and inputs of pictures */
	int threads;     /* that computed it, and pictures at a time; 0: the plan's */
	int64_t batch;
	char *engine_name;
	char *engine_description;
	bool under_way; /* nothing is known yet of how the run ends */
	bool interrupted;
	struct record_picture *pictures; /* as many as in the plan */
	struct record_job *jobs;         /* as many as in the plan, in its order */
	struct record_artifact *artifacts;
	size_t artifact_count;
	struct record_warning *warnings;
	size_t warning_count;
	struct record_failure *failures;
	size_t failure_count;
	struct record_rule *rules;
	size_t rule_count;
	char **earlier; /* files of earlier runs that are still in the output folder */
	size_t earlier_count;
	/* Kinds of warnings and failures; their owners are jobs of the plan */
	struct repeats warned, failed;
};

/** Create an empty record; the plan must outlive it. */
struct record *record_create(const struct plan *plan);

/** Where it is computed, as far as it is known; borrowed */
const char *record_device(const struct record *record);

/** Mark a job as failed; the text is copied, and only the first reason is kept. */
void record_fail(struct record *record, struct record_job *job, const char *reason);

/**
 * \brief   Mark a picture as one that a job could not do; the text is copied
 *
 * \return  Whether to print it: the first of its kind in this job; false also if the
 *          job has failed on the picture already
 */
bool record_fail_picture(struct record *record, const struct plan_job *job,
		size_t picture, const char *reason);

/** Why a job could not do a picture, or NULL if it has not failed on it */
const char *record_failure(const struct record *record, const struct plan_job *job,
		size_t picture);

/** Whether a picture was used, and no job has failed on it */
bool record_picture_is_done(const struct record *record, size_t picture);

/** Tell the listener that the record has changed. */
void record_notify(const struct record *record);

/** Tell the listener that a picture is known now. */
void record_seen(const struct record *record, size_t picture);

/** Note that a job has finished a picture, or its one call (RECORD_NO_PICTURE). */
void record_done(struct record *record, struct record_job *job, size_t picture);

/** Whether a job has finished a picture, or its one call (RECORD_NO_PICTURE) */
bool record_is_finished(const struct record *record, const struct plan_job *job,
		size_t picture);

/** Note that a job draws random numbers. */
void record_draws(struct record *record, struct record_job *job);

/** Take back that a job has finished a picture; what came of it stays in the lists. */
void record_undo(struct record *record, struct record_job *job, size_t picture);

/**
 * \brief   Append an artifact
 *
 * The name and the paths are copied; ownership of curve and areas passes to the record.
 */
void record_add(struct record *record, const struct record_artifact *artifact);

/** Path of an artifact's .npy file, which may be a pack; NULL if it has none; borrowed */
const char *record_array_path(const struct record_artifact *artifact);

/**
 * The artifact with a name that the current call of a job has made, or NULL; borrowed
 * until the next is added
 */
const struct record_artifact *record_find(const struct record *record,
		const struct plan_job *job, size_t picture, const char *name);

/**
 * \brief   Append a warning, unless the job, picture and text have it already
 *
 * \return  Whether to print it: no job has given this warning for the picture yet, and
 *          the job has given none of its kind
 */
bool record_warn(struct record *record, const struct plan_job *job, size_t picture,
		int64_t target, const char *text);

/** Append a rule's effect; returns false if it is known already */
bool record_add_rule(struct record *record, const struct record_rule *rule);

/**
 * \brief   Take out of the record what is not in the output folder any more
 *
 * Their jobs, and pictures whose network's view is gone, have failed then.
 *
 * \return  Number of files that were missed
 */
size_t record_drop_missing(struct record *record);

/** Forget what jobs that look at all pictures said of those of other shards. */
void record_drop_elsewhere(struct record *record);

/**
 * \brief   Sort artifacts, warnings, failures and rules by jobs, then by pictures
 *
 * The order then does not depend on the size of batches.
 */
void record_sort(struct record *record);

/** Items of a list of a sorted record: from start up to end, without that */
struct record_span {
	size_t start, end;
};

/**
 * What a sorted record has of a job on pictures from `first` up to `end`, without that; with
 * RECORD_NO_PICTURE as end, all from `first` on
 */
struct record_span record_artifacts_of(const struct record *record,
		const struct plan_job *job, size_t first, size_t end);
struct record_span record_warnings_of(const struct record *record,
		const struct plan_job *job, size_t first, size_t end);
struct record_span record_failures_of(const struct record *record,
		const struct plan_job *job, size_t first, size_t end);

/** Whether a job is omitted from reports: it was not selected, and nothing went wrong */
bool record_hidden(const struct record_job *job);

/** "ok", "failed", "interrupted", "not run" */
const char *record_status_name(enum record_status status);

/**
 * \brief   A job's parameter for display, resolved
 *
 * Layers have their own names ("last_features" becomes the layer's name); other types are
 * as given. NULL when unset; borrowed from the plan.
 */
const char *record_parameter(const struct plan *plan, const cnnviz_parameter *parameter,
		const struct value *value);

/** Take out the artifacts of results that are not finished, whose files are not all there. */
void record_drop_unfinished(struct record *record);

/** Release what a picture of a record owns; nothing is known of it then. */
void record_picture_clear(struct record_picture *picture);

/** Release what an artifact of a record owns. */
void record_artifact_clear(struct record_artifact *artifact);
void record_curve_free(struct record_curve *curve);
void record_free(struct record *record);

#endif

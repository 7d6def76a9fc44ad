/**
 * \file    host/session.h
 * \brief   What stands behind the services that plugins call
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include "engine/engine.h"
#include "image/render.h"
#include "host/batch.h"
#include "plan/plan.h"
#include "host/progress.h"
#include "host/random.h"
#include "output/record.h"

/** Maps of some pictures of the present batch, by one job, for given targets */
struct shared_map {
	size_t job;
	size_t first, count; /* items of the batch */
	int64_t *targets;
	cnnviz_tensor *maps; /* (count,C,h,w) */
};

/** A number about a map of the present batch, of one job for one target */
struct map_figure {
	size_t job, picture;
	int64_t target;
	char *name;
	double value;
};

/** What techniques did not give up */
struct leftovers {
	size_t passes, streams, tensors;
};

/** What of a run is done here: the rest is some other process's */
enum run_phase {
	PHASE_WHOLE,
	PHASE_PICTURES, /* what every job needs to know of the pictures */
	PHASE_JOB,      /* one job, when that is known */
	PHASE_CHECK,    /* nothing yet: techniques are asked whether jobs make sense */
};

/** Who wants to know of calls of techniques, such as one that watches whether they end */
struct session_listener {
	void (*entered)(void *context, const struct cnnviz_job *call);
	void (*left)(void *context, const struct cnnviz_job *call);
	void *context;
};

/** A run under way */
struct session {
	const struct plan *plan;
	bool fail_fast; /* the first failure ends the run */
	enum run_phase phase;
	size_t job;                       /* of PHASE_JOB */
	struct session_listener listener; /* its functions may be NULL */
	const struct cnnviz_job *call;    /* the innermost under way, or NULL */
	const struct engine *engine;
	struct engine_network *network;
	struct record *record;
	struct progress *progress;
	struct batch *batch;       /* the pictures in work, or NULL */
	struct shared_map *shared; /* maps of these pictures */
	size_t shared_count;
	struct map_figure *figures; /* about these maps */
	size_t figure_count;
	bool *busy;                 /* for each job: its technique is running */
	bool hushed;                /* warnings about maps are details */
	const cnnviz_host *host;    /* handed to techniques; NULL: host_services */
	struct leftovers leftovers; /* of all calls so far */
};

/** Why a job fails, and what makes it fail although its technique returns success */
struct job_fault {
	struct error error;
	bool misused; /* a service was handed what it cannot take */
};

/** One call of a technique */
struct cnnviz_job {
	struct session *session;
	size_t index; /* in plan and record */
	const struct plan_job *plan;
	const cnnviz_batch *batch;      /* NULL for CNNVIZ_RUN_ONCE */
	const size_t *pictures;         /* of the batch's items; NULL when they are inputs
	                                 * that another technique made */
	const struct cnnviz_job *outer; /* whose technique made it be called, or NULL */
	bool nested;                    /* called for another job */
	struct job_fault *fault;        /* apart, since most services see a const job */
	struct cnnviz_pass *passes;     /* not given up yet */
	struct cnnviz_random *randoms;  /* not given up yet */
	struct animation *animations;   /* begun in this call, the latest first */
	cnnviz_tensor *borrowed;        /* maps of a batch of the plugin's own */
	cnnviz_tensor **held;           /* what services gave it to use until it ends */
	size_t held_count;
};

/** A forward pass that a plugin holds */
struct cnnviz_pass {
	struct session *session;
	struct job_fault *fault;
	struct engine_pass *pass;
	cnnviz_tensor *input;
	size_t count; /* of captures */
	int32_t *nodes;
	cnnviz_tensor **activations; /* fetched when asked for */
	struct graph_shape *shapes;  /* of the captures and what they need */
	struct cnnviz_pass *next;
	struct cnnviz_pass **previous;
};

/** All services, for every plugin of the present ABI */
extern const cnnviz_host host_services;

/* The tables that have files of their own */
extern const cnnviz_pass_api pass_services;
extern const cnnviz_objective_api objective_services;
extern const cnnviz_attribution_api attribution_services;
extern const cnnviz_image_api image_services;
extern const cnnviz_artifact_api artifact_services;
extern const cnnviz_optimize_api optimize_services;

/** The services that techniques of a session are handed */
const cnnviz_host *session_host(const struct session *session);

/** Record why a job fails; returns status. The latest reason stays. */
cnnviz_status job_fail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, ...) CNNVIZ_PRINTF(3, 4);

/** As job_fail() with CNNVIZ_ERROR_PLUGIN, and no success of the technique undoes it */
cnnviz_status job_misuse(const struct cnnviz_job *job, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/** What services without an answer begin with: a refusal, while a job is only checked */
cnnviz_status job_refuse(const struct cnnviz_job *job, const char *service);

/** Keep a tensor that a technique is given to use, until its call ends; takes it. */
void job_hold(struct cnnviz_job *job, cnnviz_tensor *tensor);

/** Record and print a warning about an item of the job's batch, or -1 */
void job_warn(const struct cnnviz_job *job, int64_t item, const char *text);

/**
 * \brief   Load the plan's engine and make a network ready
 *
 * \param   graph   The plan's, or one of the same layers; outlives the network
 */
cnnviz_status network_open(const struct plan *plan, const struct graph *graph,
		const struct engine **engine, struct engine_network **network,
		struct error *error);

/** Node of a CNNVIZ_LAYER_* or layer number, or CNNVIZ_LAYER_NONE */
int32_t session_node(const struct session *session, int64_t layer);

/**
 * \brief   Call an attribution technique and check what it gives
 *
 * \param   pictures    Of the batch's items, or NULL when they are not the plan's
 * \param   maps        New (N,C,h,w), finite, of the technique's style
 * \param   error       Sentence without plugin, file and section
 */
cnnviz_status job_attribute(struct session *session, size_t job,
		const cnnviz_batch *batch, const size_t *pictures, bool nested,
		cnnviz_tensor **maps, struct error *error);

/** Call a general technique; batch and pictures as above, NULL for CNNVIZ_RUN_ONCE */
cnnviz_status job_run(struct session *session, size_t job, const cnnviz_batch *batch,
		const size_t *pictures, struct error *error);

/**
 * \brief   Ask a technique whether a job makes sense; needs neither engine nor record
 *
 * CNNVIZ_OK too where the technique has nothing to say.
 */
cnnviz_status job_check(struct session *session, size_t job, struct error *error);

/** Mark a job failed and tell the user, once */
void session_job_failed(struct session *session, size_t job, const struct error *error);

/** Targets of the present batch for a job: its own `target`, or the pictures'; malloc'ed */
int64_t *job_targets(const struct session *session, const struct plan_job *job);

/**
 * \brief   Maps of pictures of the present batch, computed once
 *
 * \param   first   Item of the batch
 * \param   targets count classes
 * \param   maps    Borrowed as long as the batch
 */
cnnviz_status maps_get(struct session *session, size_t job, size_t first, size_t count,
		const int64_t *targets, const cnnviz_tensor **maps, struct error *error);

/** Forget the maps of the present batch. */
void maps_clear(struct session *session);

/** Draw and keep the maps of the present batch; targets as they were computed for. */
cnnviz_status maps_write(struct session *session, size_t job, const cnnviz_tensor *maps,
		const int64_t *targets, struct error *error);

/** artifact->map_figure() */
cnnviz_status job_map_figure(cnnviz_job *job, uint32_t item, const char *name,
		double value);

/** Record the figures that came with the map of a picture and target. */
void figures_write(struct session *session, size_t job, size_t picture, int64_t target);

/** Forget the figures of the present batch. */
void figures_clear(struct session *session);

/**
 * \brief   End the animations of a job's call
 *
 * \param   status  How the call ended: only success leaves files
 *
 * \return  status, or why an animation could not be written
 */
cnnviz_status animations_finish(struct cnnviz_job *job, cnnviz_status status,
		struct error *error);

/**
 * \brief   Where an item's target is meant, of a segmentation network
 *
 * As the job's `region` says, or [input]'s. A predicted region is looked for in the
 * picture of the present batch that the item's stream tells, else in the logits. Warns
 * of batches of the plan's pictures where there is no such place.
 *
 * \param   logits  Of all items, (N,classes,h,w), or of a classifier (N,classes)
 * \param   batch   That the logits are of, or NULL
 * \param   inside  logits_places() places; at least one of them will be 1
 */
cnnviz_status job_region(cnnviz_job *job, const cnnviz_tensor *logits, size_t n,
		int64_t target, const cnnviz_batch *batch, unsigned char *inside);

/**
 * \brief   The same of an item of the present batch, as [input] says
 *
 * \param   inside  New, one for each place of the logits; NULL of a classifier
 */
cnnviz_status session_region(struct session *session, size_t item, int64_t target,
		unsigned char **inside, struct error *error);

/** How an attribution job's maps are drawn */
struct render_style job_style(const struct plan_job *job);

/** The network's view of every picture of the present batch, for the gallery */
cnnviz_status inputs_write(struct session *session, struct error *error);

#endif

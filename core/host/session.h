/**
 * \file    host/session.h
 * \brief   A run under way, and its jobs
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include "engine/engine.h"
#include "host/batch.h"
#include "host/progress.h"
#include "output/record.h"

/** What of a run is done here: the rest is some other process's */
enum run_phase {
	PHASE_WHOLE,
	PHASE_PICTURES, /* what every job needs to know of the pictures */
	PHASE_JOB,      /* one job, when that is known */
	PHASE_CHECK,    /* nothing yet: techniques are asked whether jobs make sense */
};

/** A job of a session: what is asked of it, and what has become of it */
struct job {
	struct session *session;
	const struct plan_job *plan;
	struct record_job *record; /* NULL in PHASE_CHECK */
	bool busy;                 /* its technique is running */
};

/** Who wants to know of calls of techniques, such as one that watches whether they end */
struct session_listener {
	void (*entered)(void *context, const struct cnnviz_job *call);
	void (*left)(void *context, const struct cnnviz_job *call);
	void *context;
};

/** What techniques did not release */
struct leftovers {
	size_t passes, streams, tensors;
};

struct session {
	const struct plan *plan;
	const cnnviz_host *host;          /* handed to techniques */
	struct session_listener listener; /* its functions may be NULL */
	enum run_phase phase;
	bool fail_fast;  /* the first failure ends the run */
	bool quiet_maps; /* warnings about maps are details */
	const struct engine *engine;
	struct engine_network *network; /* NULL until session_connect() */
	struct record *record;
	struct progress *progress;     /* or NULL, where no technique is called */
	struct job *jobs;              /* as many as in the plan, in its order */
	struct job *job;               /* of PHASE_JOB */
	const struct cnnviz_job *call; /* the innermost under way, or NULL */
	struct leftovers leftovers;    /* of all calls so far */
	struct batch *batch;           /* the pictures in work, or NULL */
	/* Of these pictures, kept by maps.c and scalars.c */
	struct shared_map *shared;
	size_t shared_count;
	struct map_scalar *scalars;
	size_t scalar_count;
};

/** Fill in a session without an engine: an empty record, and the plan's jobs. */
void session_start(struct session *session, const struct plan *plan,
		const cnnviz_host *host);

/** Forget what has been recorded. */
void session_clear_record(struct session *session);

/** Load the plan's engine and make the plan's network ready. */
cnnviz_status session_connect(struct session *session, struct error *error);

/** Release network, record and jobs. */
void session_end(struct session *session);

/** The session's own of a job of the plan */
struct job *session_job(const struct session *session, const struct plan_job *plan);

/** Mark a job failed and tell the user, once. */
void job_failed(struct job *job, const struct error *error);

/**
 * \brief   Load the plan's engine and make a network ready
 *
 * \param   graph   The plan's, or one of the same layers; outlives the network
 * \param   error   CNNVIZ_ERROR_INPUT with file, section and key where the engine is not
 *                  there or cannot do what the plan asks for; or why it failed to
 */
cnnviz_status network_open(const struct plan *plan, const struct graph *graph,
		const struct engine **engine, struct engine_network **network,
		struct error *error);

#endif

/**
 * \file    host/session.h
 * \brief   The state of a run and its jobs
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include "engine/engine.h"
#include "base/pool.h"
#include "host/batch.h"
#include "host/progress.h"
#include "output/record.h"
#include "output/sink.h"

/** Which part of a run this process does */
enum run_phase {
	PHASE_WHOLE,
	PHASE_PICTURES, /* what every job needs of the pictures */
	PHASE_JOB,      /* one job, after PHASE_PICTURES */
	PHASE_CHECK,    /* nothing yet: techniques check their jobs */
};

/** What has become of a job's private data */
enum job_state {
	JOB_NEW,     /* not made yet */
	JOB_CREATED, /* made, or none is wanted */
	JOB_BROKEN,  /* create() has failed */
};

/** A job of a session: its plan, its record and its technique's data */
struct job {
	struct session *session;
	const struct plan_job *plan;
	struct record_job *record; /* NULL in PHASE_CHECK */
	size_t wanted; /* results that this run is to make, by session_wants() */
	bool busy;     /* its technique is running */
	enum job_state state;
	char *broken;         /* why create() failed */
	void *data;           /* the plugin's */
	size_t state_tensors; /* that the plugin has made and keeps in data */
};

/** Functions called when a technique's call starts and ends, such as a watchdog's */
struct session_listener {
	void (*entered)(void *context, const struct cnnviz_job *call);
	void (*left)(void *context, const struct cnnviz_job *call);
	void *context;
};

/** Called when the engine is there, before anything is written */
struct session_begin {
	cnnviz_status (*call)(void *context, struct error *error); /* or NULL */
	void *context;
};

/** Handles that techniques did not release */
struct leftovers {
	size_t passes, streams, networks, tensors;
};

/** How often the network has run */
struct pass_counts {
	size_t forward, backward;
};

struct journal;
struct digesting;

struct session {
	const struct plan *plan;
	const cnnviz_host *host;          /* the services for techniques */
	struct session_listener listener; /* its functions may be NULL */
	struct session_begin begin;
	struct journal *journal;     /* of what is finished; or NULL */
	struct digesting *digesting; /* the digests that are being computed; or NULL */
	struct sink *sink; /* where artifacts go: files, if it is not set to another */
	struct sink files;
	enum run_phase phase;
	bool lasting;    /* the network stays open for later sessions */
	bool brief;      /* few passes will follow; set before session_connect() */
	bool fail_fast;  /* the first failure ends the run */
	bool quiet_maps; /* warnings about maps are details */
	bool cramped;    /* a batch needed too much memory, and the user was told */
	size_t preparing; /* level of the jobs that are prepared now, or 0: see prepare.h */
	bool surveyed;    /* all pictures have gone by once, for jobs to be prepared */
	const struct engine *engine;
	struct engine_network *network; /* NULL until session_connect() */
	const struct graph *graph;      /* that it was opened on: the plan's, or one with
	                            * random weights */
	struct kept_rules *rules;       /* of the network, see rule_cache.h */
	/* Of the plan's further networks; NULL: not open yet, or none are */
	struct engine_network **networks;
	struct record *record;
	struct progress *progress; /* or NULL if no technique is called */
	struct pool *pool;         /* NULL: nothing is done at the same time */
	/* What has been computed and not recorded yet, in order: see pending.h */
	struct pending *pending;
	size_t pending_count;
	bool ending;                   /* of pending.c */
	struct job *jobs;              /* as many as in the plan, in its order */
	struct job *job;               /* of PHASE_JOB */
	const struct cnnviz_job *call; /* the innermost active call, or NULL */
	struct leftovers leftovers;    /* of all calls so far */
	size_t state_tensors;          /* of all jobs' data */
	unsigned changes; /* of the process by plugins: enum process_change */
	struct pass_counts passes;
	struct batch *batch;           /* the current batch, or NULL */
	struct batch_pass *batch_pass; /* what its jobs share: see batch_pass.h */
	/* Maps and scalars of the batch, managed by maps.c and scalars.c */
	struct shared_map *shared;
	size_t shared_count;
	struct extras *extras; /* managed by extras.c */
	struct map_scalar *scalars;
	size_t scalar_count;
};

/** Initialize a session without an engine, with an empty record and the plan's jobs. */
void session_start(struct session *session, const struct plan *plan,
		const cnnviz_host *host);

/** Clear the record, and release the jobs' data. */
void session_clear_record(struct session *session);

/**
 * \brief   Whether this run is to make a result, which nobody else makes or has made
 *
 * A job with a result that is not wanted may still be called, for others that need it.
 *
 * \param   picture RECORD_NO_PICTURE for a job that runs once
 */
bool session_wants(const struct session *session, const struct plan_job *job,
		size_t picture);

/** Whether this run is to say of a picture what it is */
bool session_wants_picture(const struct session *session, size_t picture);

/** Whether it is, or to make any result of the picture */
bool session_uses_picture(const struct session *session, size_t picture);

/** Number of wanted results of a job on the current batch or, without one, of its one call */
size_t job_wanted_now(const struct job *job);

/** Count what is wanted of each job: after session_start(), and after what that rests on */
void session_count_wanted(struct session *session);

/** Load the plan's engine and open the plan's network. */
cnnviz_status session_connect(struct session *session, struct error *error);

/** Close the packs that jobs have appended to; the job whose pack cannot be has failed. */
void session_close_packs(struct session *session);

/** Release network, record and jobs. */
void session_end(struct session *session);

/** The session's job for a job of the plan */
struct job *session_job(const struct session *session, const struct plan_job *plan);

/**
 * Targets of the current batch for a job: its own `target`, or the pictures'; malloc'ed
 */
int64_t *job_targets(const struct job *job);

/** Mark a job as failed and tell the user, once. */
void job_failed(struct job *job, const struct error *error);

/**
 * \brief   Tell that the pictures of a batch that failed are tried one by one
 *
 * A detail, unless it is for lack of memory: then it costs time until the user gives
 * smaller batches.
 *
 * \param   who     What failed, as in "[grad_cam]"
 */
void session_tell_apart(struct session *session, const char *who,
		const struct error *error);

/**
 * Note that a job could not do a picture, and tell the user of the first failure of a
 * kind.
 */
void job_failed_on(struct job *job, size_t picture, const struct error *error);

/**
 * \brief   Open a network on an engine that has been loaded, with the plan's settings
 *
 * \param   graph, brief    As of network_open()
 */
cnnviz_status network_open_on(const struct engine *engine, const struct plan *plan,
		const struct graph *graph, bool brief, struct engine_network **network,
		struct error *error);

/**
 * \brief   Load the plan's engine and open a network
 *
 * \param   graph   The plan's graph, or one with the same layers; must outlive the
 *                     network
 * \param   brief   Whether few passes will follow
 * \param   error   CNNVIZ_ERROR_INPUT with file, section and key if the engine is
 *                     missing or does not support the plan; or why it failed
 */
cnnviz_status network_open(const struct plan *plan, const struct graph *graph, bool brief,
		const struct engine **engine, struct engine_network **network,
		struct error *error);

#endif

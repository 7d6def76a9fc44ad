/**
 * \file    host/job.h
 * \brief   The call of a technique, as services see it, and how it fails
 */
#ifndef HOST_JOB_H
#define HOST_JOB_H

#include <cnnviz/rules.h>

#include "host/session.h"

/** Why a call fails, even if its technique returns success */
struct job_fault {
	struct error error;
	bool misused; /* a service was called with invalid arguments */
};

/** One call of a technique: the job that plugins get */
struct cnnviz_job {
	struct job *job;
	struct session *session;     /* the job's */
	const struct plan_job *plan; /* the job's */
	const cnnviz_batch *batch;   /* NULL for CNNVIZ_RUN_ONCE */
	const size_t *pictures;      /* of the items, in the plan; NULL: other inputs */
	bool nested;                 /* called by another job's technique */
	bool preparing;              /* create(), prepare(), prepared(): no results yet */
	bool writing; /* no call: artifacts given with a map are written with it */
	const struct cnnviz_job *outer;  /* the call that made this call, or NULL */
	struct job_fault *fault;         /* a pointer: services get a const job */
	struct cnnviz_pass *passes;      /* not released yet */
	struct cnnviz_random *randoms;   /* not released yet */
	struct cnnviz_network *networks; /* not released yet */
	struct cnnviz_network *network;  /* that is in use; NULL: that of the run */
	struct animation *animations;    /* started in this call, the latest first */
	struct start *starts;            /* of optimized pictures, see starts.h */
	size_t start_count;
	const cnnviz_tensor *reference; /* what features are compared with; held below */
	cnnviz_tensor *borrowed;        /* maps for the plugin's own batch */
	cnnviz_tensor **held;           /* tensors lent until the call ends */
	size_t held_count;
	cnnviz_rules **rules; /* lent until the call ends */
	size_t rule_count;
	struct guard *guard; /* what it may not change, see guard.h; NULL: no call yet */
};

/** Record why a call fails; returns status. Only the latest reason is kept. */
cnnviz_status job_fail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, ...) CNNVIZ_PRINTF(3, 4);
cnnviz_status job_vfail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, va_list arguments) CNNVIZ_PRINTF(3, 0);

/**
 * Like job_fail() with CNNVIZ_ERROR_PLUGIN; the call fails even if the technique
 * returns success
 */
cnnviz_status job_misuse(const struct cnnviz_job *job, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/**
 * For services that are not available in check(): fails there, and returns CNNVIZ_OK
 * otherwise
 */
cnnviz_status job_refuse(const struct cnnviz_job *job, const char *service);

/**
 * For services of host->artifact: fails in check(), and before the first map is made
 */
cnnviz_status job_refuse_result(const struct cnnviz_job *job, const char *service);

/** Keep a tensor that is lent to a technique until its call ends; takes ownership. */
void job_hold(struct cnnviz_job *job, cnnviz_tensor *tensor);

/** Record and print a warning about an item of the call's batch, or -1 */
void job_warn(const struct cnnviz_job *job, int64_t item, const char *text);

#endif

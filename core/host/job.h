/**
 * \file    host/job.h
 * \brief   What services know of the call they are asked in, and how a call fails
 */
#ifndef HOST_JOB_H
#define HOST_JOB_H

#include "host/session.h"

/** Why a call fails, and what makes it fail although its technique returns success */
struct job_fault {
	struct error error;
	bool misused; /* a service was handed what it cannot take */
};

/** One call of a technique: what plugins hold as their job */
struct cnnviz_job {
	struct job *job;
	struct session *session;        /* the job's */
	const struct plan_job *plan;    /* the job's */
	const cnnviz_batch *batch;      /* NULL for CNNVIZ_RUN_ONCE */
	const size_t *pictures;         /* of the batch's items; NULL when they are inputs
	                              * that another technique made */
	bool nested;                    /* called for another job */
	const struct cnnviz_job *outer; /* whose technique made it be called, or NULL */
	struct job_fault *fault;        /* apart, since most services see a const job */
	struct cnnviz_pass *passes;     /* not released yet */
	struct cnnviz_random *randoms;  /* not released yet */
	struct animation *animations;   /* begun in this call, the latest first */
	cnnviz_tensor *borrowed;        /* maps of a batch of the plugin's own */
	cnnviz_tensor **held;           /* what services gave it to use until it ends */
	size_t held_count;
};

/** Record why a call fails; returns status. The latest reason stays. */
cnnviz_status job_fail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, ...) CNNVIZ_PRINTF(3, 4);
cnnviz_status job_vfail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, va_list arguments) CNNVIZ_PRINTF(3, 0);

/** As job_fail() with CNNVIZ_ERROR_PLUGIN, and no success of the technique undoes it */
cnnviz_status job_misuse(const struct cnnviz_job *job, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/** What services without an answer begin with: a refusal, while a job is only checked */
cnnviz_status job_refuse(const struct cnnviz_job *job, const char *service);

/** Keep a tensor that a technique is given to use, until its call ends; takes it. */
void job_hold(struct cnnviz_job *job, cnnviz_tensor *tensor);

/** Record and print a warning about an item of the call's batch, or -1 */
void job_warn(const struct cnnviz_job *job, int64_t item, const char *text);

#endif

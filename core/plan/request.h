/**
 * \file    plan/request.h
 * \brief   What a plan is read from, and what for
 */
#ifndef PLAN_REQUEST_H
#define PLAN_REQUEST_H

#include "plan/plan.h"

/** What a plan is read for: an evaluation brings pictures of its own. */
enum plan_purpose {
	PLAN_FOR_RUN,        /* [input] images are needed, [evaluation] is not */
	PLAN_FOR_EVALUATION, /* the other way round */
	PLAN_FOR_CHECK,      /* good for one of the two */
};

/**
 * \brief   Ask a job's technique whether the job makes sense
 *
 * \return  CNNVIZ_OK, or why not: error is a sentence without file and section
 */
typedef cnnviz_status (*plan_check)(const struct plan *plan, const struct plan_job *job,
		struct error *error);

struct plan_options {
	enum plan_purpose purpose;
	const char *path;
	const char *output;           /* -o, or NULL */
	const char *const *overrides; /* -s, NULL-terminated, or NULL */
	const char *only;             /* --only, or NULL */
	plan_check check;             /* of jobs without other faults; NULL: none */
};

/** A network and pictures without an INI file */
struct plan_request {
	const char *architecture;
	const char *weights;          /* or NULL */
	const char *labels;           /* or NULL */
	const char *const *overrides; /* section.key=value, NULL-terminated, or NULL */
	char *const *pictures;        /* paths as they are: no globs, no targets */
	size_t picture_count;
};

#endif

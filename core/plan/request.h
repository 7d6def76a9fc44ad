/**
 * \file    plan/request.h
 * \brief   Options for reading a plan
 */
#ifndef PLAN_REQUEST_H
#define PLAN_REQUEST_H

#include "plan/plan.h"

/** What a plan is read for: an evaluation has its own pictures. */
enum plan_purpose {
	PLAN_FOR_RUN,        /* [input] images are needed, [evaluation] is not */
	PLAN_FOR_EVALUATION, /* the reverse */
	PLAN_FOR_CHECK,      /* valid for at least one of the two */
	PLAN_FOR_MERGE, /* to join what runs have made: no picture is opened, no engine loaded */
	PLAN_FOR_PICTURES, /* neither is: plan_set_pictures() may give pictures later */
};

/**
 * \brief   Let a job's technique check the job
 *
 * \return  CNNVIZ_OK, or an error with a sentence without file and section
 */
typedef cnnviz_status (*plan_check)(const struct plan *plan, const struct plan_job *job,
		struct error *error);

struct plan_options {
	enum plan_purpose purpose;
	const char *path;
	const char *text;   /* in place of what is in the file at path, or NULL */
	const char *folder; /* with a text: base of its relative paths; NULL: current */
	const char *const
			*plugin_folders; /* before all others; NULL-terminated, or NULL */
	const char *output;              /* -o, or NULL */
	const char *const *overrides;    /* -s, NULL-terminated, or NULL */
	const char *only;                /* --only, or NULL */
	const char *shard;               /* --shard, or NULL */
	plan_check check;                /* for jobs without other problems; NULL: none */
	bool decode;     /* pictures are read whole, not their headers alone */
	bool no_plugins; /* no code that the INI file names is run */
};

/** A network and pictures without an INI file */
struct plan_request {
	const char *architecture;
	const char *weights;          /* or NULL */
	const char *labels;           /* or NULL */
	const char *const *overrides; /* section.key=value, NULL-terminated, or NULL */
	char *const *pictures;        /* paths; for `explain`, items of [input] images */
	size_t picture_count;
	/* For `explain` alone: */
	const char *techniques; /* names with commas between */
	const char *target;     /* class of pictures that name none, or NULL */
	const char *output;     /* folder, or NULL */
};

#endif

/**
 * \file    library/deliver.h
 * \brief   Hands the results of a run on to the caller's functions
 */
#ifndef LIBRARY_DELIVER_H
#define LIBRARY_DELIVER_H

#include "library/kept.h"
#include "library/plan.h"
#include "output/record.h"

/** How far a run's results have been handed on */
struct delivery {
	cnnviz_plan *handle;
	const cnnviz_run *run;
	struct kept_results *results;
	bool *told;   /* of pictures; as many as in the plan */
	bool *failed; /* of jobs; likewise */
	size_t next;  /* the first picture that may not have been told of */
	size_t artifacts, failures;
	const struct plan_job *job; /* of the last artifact, and its picture */
	size_t picture;
	bool stopped; /* a function wants no more */
};

void delivery_start(struct delivery *delivery, cnnviz_plan *handle, const cnnviz_run *run,
		struct kept_results *results);

/** Hand on what is new in a record, or in the end all that is left; context is the delivery. */
void delivery_go_on(void *context, const struct record *record, bool ended);

/** Tell of progress; context is the delivery. */
void delivery_progress(void *context, double done, const char *job);

/** Release what the delivery has of its own. */
void delivery_end(struct delivery *delivery);

#endif

/**
 * \file    evaluate/steps.h
 * \brief   How far the measures of a job's maps for a batch have come
 */
#ifndef EVALUATE_STEPS_H
#define EVALUATE_STEPS_H

#include "host/progress.h"

/** Pictures that network and technique are asked about, of all measures */
struct judge_steps {
	struct progress *progress; /* NULL: nobody is told */
	size_t done, total;
};

/** So many more are done. */
static inline void judge_steps_add(struct judge_steps *steps, size_t count)
{
	steps->done += count;
	if (steps->progress != NULL) {
		progress_fraction(steps->progress, steps->done, steps->total);
	}
}

#endif

/**
 * \file    library/pictures.h
 * \brief   Pictures that a run is given in memory
 */
#ifndef LIBRARY_PICTURES_H
#define LIBRARY_PICTURES_H

#include "base/file.h"
#include "library/plan.h"

/** Pictures of one run, and the plan's own meanwhile */
struct given_pictures {
	struct memory_file
			*files; /* the first is the sink's; then one for each picture */
	struct file_bytes *encoded; /* of those that came as pixels; one for each */
	size_t count;
	struct plan_picture *own;
	size_t own_count;
};

/**
 * \brief   Put the pictures of a run into the plan, and their bytes where files are looked for
 *
 * One that cannot be used is a picture of the plan with the reason in `failure`.
 */
void given_start(struct given_pictures *given, cnnviz_plan *plan, const cnnviz_run *run);

/** Give the plan its own pictures back. */
void given_end(struct given_pictures *given, cnnviz_plan *plan);

#endif

/**
 * \file    evaluate/compare.h
 * \brief   Maps of the trained network against those of ever more random ones
 */
#ifndef EVALUATE_COMPARE_H
#define EVALUATE_COMPARE_H

#include "evaluate/evaluation.h"
#include "host/session.h"

struct comparison;

/** Maps of a job for the session's batch, each for its object's class; borrowed */
cnnviz_status source_maps(const struct source *source, struct session *session,
		const cnnviz_tensor **maps, struct error *error);

/**
 * \brief   Choose the pictures and the stages
 *
 * As many main objects (or others, where there is none) as [evaluation] sanity_pictures
 * says, evenly spread. Fills in the evaluation's stages and its sources' likeness.
 */
cnnviz_status comparison_start(struct evaluation *evaluation,
		struct comparison **comparison, struct error *error);

/** Keep the chosen pictures of the session's batch and the maps of all jobs for them. */
cnnviz_status comparison_keep(struct comparison *comparison, struct session *session,
		struct error *error);

/** Go through the stages; the session's network is as before when this returns. */
cnnviz_status comparison_run(struct comparison *comparison, struct session *session,
		struct error *error);

/** NULL is allowed. */
void comparison_end(struct comparison *comparison);

#endif

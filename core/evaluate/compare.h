/**
 * \file    evaluate/compare.h
 * \brief   Compares the maps of the trained network with those of increasingly random
 *                     ones
 */
#ifndef EVALUATE_COMPARE_H
#define EVALUATE_COMPARE_H

#include "evaluate/evaluation.h"
#include "host/session.h"

struct comparison;

/** Say that a job's maps for the session's batch will be asked for. */
void source_expect(const struct source *source, const struct session *session);

/** A job's maps for the session's batch, each for its object's class; borrowed */
cnnviz_status source_maps(const struct source *source, struct session *session,
		const cnnviz_tensor **maps, struct error *error);

/**
 * \brief   Choose the pictures and the stages
 *
 * Chooses [evaluation] sanity_pictures main objects, or others if there are none,
 * evenly spaced. Allocates the evaluation's stages and its sources' similarity.
 */
cnnviz_status comparison_start(struct evaluation *evaluation,
		struct comparison **comparison, struct error *error);

/** Keep the chosen pictures of the session's batch and the maps of all jobs for them. */
cnnviz_status comparison_keep(struct comparison *comparison, struct session *session,
		struct error *error);

/** Run all stages; the session's network is restored at the end. */
cnnviz_status comparison_run(struct comparison *comparison, struct session *session,
		struct error *error);

/** NULL is allowed. */
void comparison_end(struct comparison *comparison);

#endif

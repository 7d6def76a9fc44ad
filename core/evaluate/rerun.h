/**
 * \file    evaluate/rerun.h
 * \brief   Has techniques explain changed pictures, in full batches
 */
#ifndef EVALUATE_RERUN_H
#define EVALUATE_RERUN_H

#include "evaluate/evaluation.h"
#include "evaluate/map_case.h"
#include "evaluate/steps.h"
#include "host/session.h"

/** Makes the plane of item n of the session's batch of a source's maps, if it has any */
typedef cnnviz_status rerun_plane(const struct evaluation *evaluation,
		const struct source *source, struct session *session,
		const cnnviz_tensor *maps, size_t n, cnnviz_tensor **plane,
		struct error *error);

/** Number of changed pictures of the maps that are measured, of count */
size_t rerun_total(const struct rerun *rerun, const struct map_case *maps,
		const bool *measured, size_t count);

/**
 * \brief   Run a source on changed pictures of the session's batch, and compare the maps
 *
 * A changed picture has the random numbers of its picture, so that a technique which
 * draws some differs by the change alone. What the session keeps of its batch stays.
 *
 * \param   maps        One for each item of the batch
 * \param   measured    Which of them
 * \param   steps       Is moved on by one for each picture
 */
cnnviz_status rerun_measure(const struct evaluation *evaluation,
		const struct source *source, struct session *session,
		const struct rerun *rerun, const struct map_case *maps,
		const bool *measured, rerun_plane *plane, struct judge_steps *steps,
		struct error *error);

#endif

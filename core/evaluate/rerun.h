/**
 * \file    evaluate/rerun.h
 * \brief   Has techniques explain changed pictures, in full batches
 */
#ifndef EVALUATE_RERUN_H
#define EVALUATE_RERUN_H

#include "evaluate/criterion.h"
#include "evaluate/evaluation.h"
#include "host/session.h"

/** The map of a changed picture */
struct changed_map {
	const cnnviz_tensor *maps; /* NULL: not a job's */
	size_t item;
	const float *plane; /* as of struct map_case */
};

/** A kind of measure that compares maps of changed pictures with that of the picture */
struct rerun {
	/** Number of changed pictures of a map */
	size_t (*count)(const struct map_case *map);

	/** Fill picture i, (C,H,W) */
	void (*draw)(const struct map_case *map, size_t i, float *picture);

	/** Compare map i, from 0 on, with the map, and update its values. */
	void (*compare)(const struct map_case *map, size_t i,
			const struct changed_map *changed);
};

/** Makes the plane of item n of the session's batch of a source's maps, if it has any */
typedef cnnviz_status rerun_plane(const struct evaluation *evaluation,
		const struct source *source, struct session *session,
		const cnnviz_tensor *maps, size_t n, cnnviz_tensor **plane,
		struct error *error);

/**
 * \brief   Run a source on changed pictures of the session's batch, and compare the maps
 *
 * A changed picture has the random numbers of its picture, so that a technique which
 * draws some differs by the change alone. What the session keeps of its batch stays.
 *
 * \param   maps        One for each item of the batch
 * \param   measured    Which of them
 */
cnnviz_status rerun_measure(const struct evaluation *evaluation,
		const struct source *source, struct session *session,
		const struct rerun *rerun, const struct map_case *maps,
		const bool *measured, rerun_plane *plane, struct error *error);

#endif

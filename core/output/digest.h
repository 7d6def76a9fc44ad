/**
 * \file    output/digest.h
 * \brief   Digests of all that determines the results of a run, and of each of its jobs
 *
 * Equal digests, of equal pictures, mean equal results; so what an earlier run has made of
 * them need not be made again. Not in them: threads, device, batches, isolation, and the
 * paths of weights, pictures and output.
 */
#ifndef OUTPUT_DIGEST_H
#define OUTPUT_DIGEST_H

#include "output/record.h"

/** Digests as far as they do not depend on pictures */
struct digests {
	char pictures[65]; /* of what makes classes and inputs of pictures */
	char (*jobs)[65];  /* of what makes a job's results; in the plan's order */
	size_t count;
};

/**
 * \brief   Compute the digests of a plan
 *
 * Reads the weights, and the files that parameters name, once; so it may be done by a thread
 * while the run goes on. The plugins' digests are known: see plan/plugin_file.h.
 */
struct digests digests_compute(const struct plan *plan);

/**
 * \brief   Note in a record the digests that are known by now
 *
 * Those of jobs that look at all pictures before the first map follow from the pictures'
 * digests and targets too, and are left out until all of these are known.
 */
void digests_note(const struct digests *digests, struct record *record);

/** Whether a job looks at all pictures before the first map, those of other shards too */
bool digests_need_all(const struct plan *plan);

void digests_free(struct digests *digests);

#endif

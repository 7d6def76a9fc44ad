/**
 * \file    output/claim.h
 * \brief   The right of one run to write into an output folder
 */
#ifndef OUTPUT_CLAIM_H
#define OUTPUT_CLAIM_H

#include "base/lock.h"
#include "output/earlier.h"

struct claim {
	struct lock *lock;  /* of the folder; shards of a run share it */
	struct lock *shard; /* of a shard alone */
	char *output;
	size_t existing; /* length of the part of output that was there before */
};

/**
 * \brief   Claim an output folder for this process, and make it if it is not there
 *
 * Shards of one run share it, each of them once; whole runs have it alone.
 *
 * \param   shard   Of a whole run, or to join what is there, count is 0
 *
 * \return  CNNVIZ_ERROR_INPUT if another run has claimed it, which is named by its process,
 *          or if it has shards of a run that is divided otherwise; CNNVIZ_ERROR_IO if the
 *          folder cannot be made or written to
 */
cnnviz_status claim_take(const char *output, struct plan_shard shard, struct claim *claim,
		struct error *error);

/**
 * Delete what earlier runs that were killed had begun to write. Not for shards, which do not
 * know what others are writing.
 */
void claim_sweep(const struct plan *plan, const struct earlier *earlier);

/**
 * \brief   Say in the folder that a run is under way, before its first file is written
 *
 * The manifest then lists every job as not run, and the files of the earlier run. The
 * gallery of the earlier run is removed, since its pictures will be others. A whole run
 * takes the place of shards; before a shard's, the manifest of a whole run becomes
 * EARLIER_MANIFEST.
 */
cnnviz_status claim_mark(struct record *record, const struct earlier *earlier,
		struct error *error);

/** Give the claim up; folders that it had made and that are still empty are removed. */
void claim_release(struct claim *claim);

#endif

/**
 * \file    output/pack.h
 * \brief   Arrays of all pictures in one file for each job: [run] pack
 *
 * A million files are what file systems and their users dread. So the maps of a job are the rows
 * of JOB/maps.npy, and other arrays about pictures those of JOB/NAME.npy. Where maps have several
 * shapes, each has a file, such as JOB/maps-1x14x20.npy. Which row is whose the record
 * tells, and beside the file an index: see pack_index.h. A process that makes a job's results
 * is the only one that writes its packs, and does so in one thread.
 */
#ifndef OUTPUT_PACK_H
#define OUTPUT_PACK_H

#include "output/record.h"

struct packs;

struct packs *packs_create(const struct plan *plan);

/** Whether an artifact's array goes into a pack: it is about a picture */
bool packs_take(const struct packs *packs, const struct record_artifact *artifact,
		const cnnviz_tensor *array);

/**
 * \brief   Append an array to the pack that it belongs to
 *
 * Where the record has rows of that pack, from an earlier run that was not complete, it is
 * gone on with behind them; else it is new.
 *
 * \param   artifact    Gets its row
 * \param   path        Gets the pack's, relative to the output folder; malloc'ed
 *
 * \return  Errors name the file: CNNVIZ_ERROR_IO if it cannot be written, CNNVIZ_ERROR_INPUT
 *          if it has been changed since the earlier run
 */
cnnviz_status packs_append(struct packs *packs, const struct record *record,
		struct record_artifact *artifact, const cnnviz_tensor *array, char **path,
		struct error *error);

/**
 * \brief   Close all files until more is appended
 *
 * \param   job     Set to that whose file could not be written to its end, on an error
 */
cnnviz_status packs_pause(struct packs *packs, const struct plan_job **job,
		struct error *error);

/** Free what packs_create() has made, or NULL; files must have been closed, or not matter. */
void packs_free(struct packs *packs);

#endif

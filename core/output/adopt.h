/**
 * \file    output/adopt.h
 * \brief   Takes over from an earlier run what a new one would make again
 */
#ifndef OUTPUT_ADOPT_H
#define OUTPUT_ADOPT_H

#include "output/adopted.h"

/**
 * \brief   Add to a new run's record what an earlier one has left in the output folder
 *
 * It must know the digests of all pictures and jobs. From the journal, or without one from the
 * manifest, it takes each result whose digests agree and whose files are whole, with its
 * warnings; and each picture whose classes need not be found again. Results of a job that has
 * failed on a picture are not among them.
 *
 * Neither file is trusted: what they say is checked as a message of a job's process is.
 */
struct adopted adopt_earlier(struct record *record);

void adopted_free(struct adopted *adopted);

#endif

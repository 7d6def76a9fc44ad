/**
 * \file    output/adopt.h
 * \brief   Takes over from an earlier run what a new one would make again
 */
#ifndef OUTPUT_ADOPT_H
#define OUTPUT_ADOPT_H

#include "output/record.h"

/** Why a job's results are made again, if not because they are missing */
enum adopt_reason {
	ADOPT_NO_REASON,
	ADOPT_PARAMETERS,
	ADOPT_PLUGIN,
	ADOPT_VERSION, /* of the technique */
	ADOPT_PROGRAM,
	ADOPT_SEED,
	ADOPT_INPUT,
	ADOPT_NETWORK, /* or the engine */
	ADOPT_OTHERS,  /* files that it reads, jobs that it needs, or all pictures */
};

struct adopted {
	bool found;     /* an earlier run has left a journal or a manifest */
	size_t results; /* that are adopted, of the jobs that are done */
	size_t others;  /* results that are there, of pictures that are others now */
	size_t damaged; /* results whose files are missing or not whole */
	enum adopt_reason *reasons; /* of each job of the plan */
};

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

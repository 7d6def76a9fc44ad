/**
 * \file    output/adopted.h
 * \brief   What a run has taken over from an earlier one, and why not the rest
 */
#ifndef OUTPUT_ADOPTED_H
#define OUTPUT_ADOPTED_H

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

#endif

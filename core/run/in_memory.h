/**
 * \file    run/in_memory.h
 * \brief   Carries out a plan without an output folder
 */
#ifndef RUN_IN_MEMORY_H
#define RUN_IN_MEMORY_H

#include "run/run.h"

/** Where results go, and what stays open between runs */
struct run_memory {
	struct sink *sink;
	/** Called when the record has grown, and once more at the end */
	void (*changed)(void *context, const struct record *record, bool ended);
	void *context;
	/* The plan's network, NULL before the first run; the caller closes it. */
	const struct engine *engine;
	struct engine_network *network;
};

/**
 * \brief   Run every job in this process, and write nothing
 *
 * There is no lock, no witness, no manifest and no gallery.
 *
 * \return  As run_plan()
 */
int run_in_memory(struct plan *plan, const struct run_options *options,
		struct run_memory *memory);

#endif

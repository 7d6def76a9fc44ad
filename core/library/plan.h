/**
 * \file    library/plan.h
 * \brief   What stands behind the handle of cnnviz/library.h
 */
#ifndef LIBRARY_PLAN_H
#define LIBRARY_PLAN_H

#include <stdatomic.h>
#include <sys/types.h>

#include <cnnviz/library.h>

#include "base/limits.h"
#include "base/log.h"
#include "run/in_memory.h"

struct cnnviz_plan {
	struct plan *plan; /* NULL: it has errors */
	struct run_options options;
	struct limits limits; /* that its text sets */
	char **errors;        /* sentences of the last call */
	size_t error_count;
	atomic_int canceled;
	pid_t process; /* that a call of it is in */
	/* Who gets messages; NULL: they are printed */
	void (*message)(void *context, int32_t level, const char *text);
	void *context;
	enum log_level level;
	/* The network, once a run in memory has opened it */
	const struct engine *engine;
	struct engine_network *network;
};

/**
 * \brief   Make a handle of a plan that has been read otherwise
 *
 * \param   plan    Passes to the handle
 */
cnnviz_plan *library_adopt(struct plan *plan, const struct run_options *options);

/** Add a sentence to those of the last call; it is copied. */
void library_add_error(cnnviz_plan *plan, const char *text);

/** Forget the sentences of an earlier call. */
void library_clear_errors(cnnviz_plan *plan);

#endif

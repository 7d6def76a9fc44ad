/**
 * \file    run/isolate/confine.h
 * \brief   Confines the process of a job to what the job may touch
 */
#ifndef RUN_ISOLATE_CONFINE_H
#define RUN_ISOLATE_CONFINE_H

#include "plan/plan.h"

/** What a job may touch besides the plan's inputs, the engine and the system's libraries */
struct confinement {
	const char *writable; /* folder below which everything is allowed, or NULL */
	const char *readable; /* more files: a list as of libraries_list() */
};

/**
 * \brief   Confine this process to what its job may touch
 *
 * Before the engine is loaded, since its threads would not be confined. Where its libraries
 * are is known from a process that has loaded it.
 */
cnnviz_status confine_job(const struct plan *plan, const struct confinement *confinement,
		struct error *error);

/** Whether a plan's isolated jobs can be confined as it asks; if not, a message is printed. */
bool confine_is_possible(const struct plan *plan);

#endif

/**
 * \file    run/isolate/confine.h
 * \brief   Confines the process of a job to what the job may touch
 */
#ifndef RUN_ISOLATE_CONFINE_H
#define RUN_ISOLATE_CONFINE_H

#include "plan/plan.h"

/**
 * \brief   Confine this process to the output folder, the plan's inputs, the engine and the
 *          system's libraries
 *
 * Before the engine is loaded, since its threads would not be confined.
 */
cnnviz_status confine_job(const struct plan *plan, struct error *error);

#endif

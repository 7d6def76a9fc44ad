/**
 * \file    run/isolate/worker.h
 * \brief   A run whose jobs have processes of their own
 */
#ifndef RUN_ISOLATE_WORKER_H
#define RUN_ISOLATE_WORKER_H

#include "host/session.h"

/**
 * \brief   Do all work of a run in children, one after the other
 *
 * The first prepares the pictures; each job then has one, which loads the engine anew
 * and computes such maps of other jobs as it needs. This process never loads the
 * engine. A child that crashes, takes too long or too much memory fails its job.
 *
 * \return  RUN_EXIT_DONE when the record is ready for the reports, whatever became of
 *          jobs; else the run's exit code: nothing could be computed, and a message
 *          has been printed.
 */
int isolate_work(struct session *session);

#endif

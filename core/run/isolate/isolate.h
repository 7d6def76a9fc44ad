/**
 * \file    run/isolate/isolate.h
 * \brief   A run in which every job has its own process
 */
#ifndef RUN_ISOLATE_ISOLATE_H
#define RUN_ISOLATE_ISOLATE_H

#include "host/session.h"

/**
 * \brief   Do all work of a run in child processes, one after the other
 *
 * The first prepares the pictures. Then each job has one, which loads the engine and
 * computes the maps of other jobs that it needs. The parent never loads the engine. When a
 * child crashes, or exceeds the time or memory of [run], its job fails.
 *
 * \return  RUN_EXIT_DONE when the reports can be written, even if jobs have failed; else
 *          the exit code of the run: nothing could be computed, and a message has been
 *          printed
 */
int isolate_work(struct session *session);

#endif

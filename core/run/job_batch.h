/**
 * \file    run/job_batch.h
 * \brief   One job on the current batch of pictures
 */
#ifndef RUN_JOB_BATCH_H
#define RUN_JOB_BATCH_H

#include "host/session.h"

/** Whether a job cannot run because one that it needs has failed; error says which. */
bool job_is_blocked(const struct job *job, struct error *error);

/**
 * \brief   Run a job on the current batch, or once if there is none
 *
 * A picture that it cannot do fails alone: an attribution gets the whole batch first,
 * and if that fails, each picture by itself.
 *
 * \return  False if a failure ends the run (--fail-fast)
 */
bool job_run(struct job *job);

#endif

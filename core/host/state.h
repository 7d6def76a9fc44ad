/**
 * \file    host/state.h
 * \brief   The private data of jobs
 */
#ifndef HOST_STATE_H
#define HOST_STATE_H

#include "host/session.h"

/** Whether a job's technique has data of its own */
bool job_has_state(const struct job *job);

/**
 * \brief   Release the data of all jobs, so that each is created and prepared anew
 *
 * Tensors of the data that destroy() has not released count as leftovers.
 */
void session_stop_jobs(struct session *session);

#endif

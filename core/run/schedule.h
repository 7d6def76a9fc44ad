/**
 * \file    run/schedule.h
 * \brief   The work of a run, whole or in the parts that children carry out
 */
#ifndef RUN_SCHEDULE_H
#define RUN_SCHEDULE_H

#include "host/session.h"

/** Whether a job cannot be done because one that it needs has failed; says which. */
bool job_is_blocked(const struct job *job, struct error *error);

/**
 * \brief   Load the engine and make the output folder
 *
 * \return  False when it cannot be done; a message has been printed.
 */
bool session_open(struct session *session);

/** Do the work of session->phase; false when it was stopped before its end. */
bool session_work(struct session *session);

/** Work of PHASE_WHOLE or PHASE_PICTURES, and the digest of the weights beside it */
void session_work_and_digest(struct session *session);

#endif

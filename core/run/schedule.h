/**
 * \file    run/schedule.h
 * \brief   The work of a run, whole or in the parts that children carry out
 */
#ifndef RUN_SCHEDULE_H
#define RUN_SCHEDULE_H

#include "host/session.h"

/** Whether a job cannot be done because one that it needs has failed; says which. */
bool job_is_blocked(const struct job *job, struct error *error);

/** Do the work of session->phase; false when it was stopped before its end. */
bool session_work(struct session *session);

#endif

/**
 * \file    run/schedule.h
 * \brief   The work of a run, as a whole or in parts for child processes
 */
#ifndef RUN_SCHEDULE_H
#define RUN_SCHEDULE_H

#include "host/session.h"

/** Whether a job cannot run because one that it needs has failed; error says which. */
bool job_is_blocked(const struct job *job, struct error *error);

/** Do the work of session->phase; false if it was stopped early */
bool session_work(struct session *session);

#endif

/**
 * \file    run/schedule.h
 * \brief   The work of a run, as a whole or in parts for child processes
 */
#ifndef RUN_SCHEDULE_H
#define RUN_SCHEDULE_H

#include "host/session.h"

/** Do the work of session->phase; false if it was stopped early */
bool session_work(struct session *session);

#endif

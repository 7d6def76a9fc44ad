/**
 * \file    run/work.h
 * \brief   The work of a run, and what goes on beside it
 */
#ifndef RUN_WORK_H
#define RUN_WORK_H

#include "host/session.h"

/**
 * \brief   Load the engine and make the output folder
 *
 * \return  False when it cannot be done; a message has been printed.
 */
bool session_open(struct session *session);

/** Work of PHASE_WHOLE or PHASE_PICTURES, and the digest of the weights beside it */
void session_work_and_digest(struct session *session);

#endif

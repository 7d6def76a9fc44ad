/**
 * \file    run/work.h
 * \brief   The work of a run, and its digests in parallel
 */
#ifndef RUN_WORK_H
#define RUN_WORK_H

#include "host/session.h"

/**
 * \brief   Load the engine, and mark the output folder (session.begin)
 *
 * \return  false after an error, which has been printed
 */
bool session_open(struct session *session);

/** Do the work of PHASE_WHOLE or PHASE_PICTURES, and compute the digests in parallel. */
void session_work_and_digest(struct session *session);

/** Note in the record where and by what is computed, once the session is connected. */
void session_note_engine(struct session *session);

#endif

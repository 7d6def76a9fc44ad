/**
 * \file    run/resume.h
 * \brief   Goes on where an earlier run into the same folder has stopped
 */
#ifndef RUN_RESUME_H
#define RUN_RESUME_H

#include "host/session.h"

/**
 * \brief   Adopt what an earlier run has left and this one would make again
 *
 * Before the session's work begins, and before threads are started that stay. Computes the
 * digests of all pictures and jobs, and tells in a line what is adopted, and why what is not.
 *
 * \return  False after an interrupt: then nothing was adopted, and nothing may be begun
 */
bool resume_earlier(struct session *session);

/** Whether an earlier run into the folder of a plan has left a journal, as it was ended */
bool resume_is_possible(const struct plan *plan);

#endif

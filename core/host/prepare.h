/**
 * \file    host/prepare.h
 * \brief   Lets techniques look at all pictures before the first map is made
 *
 * A job can be prepared once those are whose maps it uses. So jobs have levels, and all
 * pictures go by once for each of these:
 *
 *     for (size_t level = 1; level <= prepare_levels(session); level++) {
 *             for each batch of pictures, as session->batch:
 *                     prepare_expect(session, level);
 *                     prepare_with_batch(session, level);
 *             prepare_end(session, level);
 *     }
 */
#ifndef HOST_PREPARE_H
#define HOST_PREPARE_H

#include "host/session.h"

/** Whether a run has jobs that look at all pictures, whatever this process does of it */
bool prepare_is_wanted(const struct session *session);

/** Number of levels of the jobs that this process needs; 0: nothing is to be prepared */
size_t prepare_levels(const struct session *session);

/** Whether a job is of a level, and this process prepares it */
bool prepare_is_due(const struct job *job, size_t level);

/** Prepare one pass for all jobs of a level. */
void prepare_expect(struct session *session, size_t level);

/**
 * Let the jobs of a level look at the current batch, or at each of its pictures alone where
 * that fails; their failures are recorded. False if one was and the first ends the run.
 */
bool prepare_with_batch(struct session *session, size_t level);

/** Let the jobs of a level finish; false as of prepare_with_batch() */
bool prepare_end(struct session *session, size_t level);

#endif

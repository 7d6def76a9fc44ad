/**
 * \file    run/digesting.h
 * \brief   Computes the digests of a run while it goes on
 *
 * Weights may be large, and nothing waits for their digest but the end of the run and its
 * journal, which without it cannot be resumed.
 */
#ifndef RUN_DIGESTING_H
#define RUN_DIGESTING_H

#include "host/session.h"

struct digesting;

/** Start to compute the digests; NULL where the session's record has them already. */
struct digesting *digesting_start(const struct session *session);

/** Note the digests in the record once they are there, which is told to who listens to it. */
void digesting_look(struct session *session);

/** Note them again: all pictures have gone by, from which more follow. */
void digesting_renew(struct session *session);

/** Wait for the digests, note them and free what they took. */
void digesting_finish(struct session *session);

#endif

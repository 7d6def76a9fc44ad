/**
 * \file    host/pending.h
 * \brief   Results that are being drawn and written while the network goes on
 *
 * A result has two halves: its work, which touches nothing that is shared and so may be
 * done by a thread, and its end, which records it. Ends come one by one, in the order in
 * which results were added, and before anything else is recorded, asked of the record or
 * printed. So a run with threads leaves what one without leaves, its messages included.
 */
#ifndef HOST_PENDING_H
#define HOST_PENDING_H

#include "host/session.h"

/** A result on its way, the first member of a struct that has what it works on */
struct pending {
	struct task task; /* its work; NULL if all is done already */
	void (*end)(struct session *session, struct pending *pending); /* frees it */
	struct pending *next;
};

/**
 * Start the threads, as many as there are CPUs that the engine leaves free, but at least
 * one; none where there is but one CPU.
 */
void pending_open(struct session *session);

/** Add a result. Without threads it is done and ended before this returns. */
void pending_add(struct session *session, struct pending *pending);

/** Number of tensors that results hold: a map each */
size_t pending_tensors(const struct session *session);

/** End all results. */
void pending_finish(struct session *session);

/** End all results, and the threads. */
void pending_close(struct session *session);

#endif

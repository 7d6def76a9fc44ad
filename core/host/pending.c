/**
 * \file    host/pending.c
 * \brief   Results that are being drawn and written while the network goes on
 */
#include "host/pending.h"

#include <string.h>

#include "base/cpus.h"

/** Results that may wait, where batches have fewer pictures; each holds its map */
#define PENDING_MOST 8

static void finish(void *session)
{
	pending_finish(session);
}

void pending_open(struct session *session)
{
	int cpus = cpus_usable();
	/* Where a device computes, a single thread keeps it busy. */
	int taken = strcmp(session->plan->device, "cpu") == 0 ? session->plan->threads
							      : 1;

	if (cpus > 1) {
		session->pool = pool_create(cpus > taken ? cpus - taken : 1);
	}
	if (session->pool != NULL) {
		session->record->awaited.finish = finish;
		session->record->awaited.context = session;
		log_set_before(finish, session);
	}
}

static void end_first(struct session *session)
{
	struct pending *first = session->pending;

	session->pending = first->next;
	session->pending_count--;
	if (first->task.work != NULL) {
		pool_wait(session->pool, &first->task);
	}
	first->end(session, first);
}

/** End results until so many are left. */
static void end_some(struct session *session, size_t left)
{
	/* An end records and prints, and so comes here again. */
	if (session->ending) {
		return;
	}
	session->ending = true;
	while (session->pending_count > left) {
		end_first(session);
	}
	session->ending = false;
}

void pending_add(struct session *session, struct pending *pending)
{
	size_t batch = session->batch != NULL ? session->batch->count : 0;
	size_t most = batch > PENDING_MOST ? batch : PENDING_MOST;
	struct pending **last = &session->pending;

	while (*last != NULL) {
		last = &(*last)->next;
	}
	pending->next = NULL;
	*last = pending;
	session->pending_count++;
	if (pending->task.work != NULL) {
		pool_start(session->pool, &pending->task);
	}
	end_some(session, session->pool != NULL ? most : 0);
}

size_t pending_tensors(const struct session *session)
{
	size_t count = 0;

	for (const struct pending *pending = session->pending; pending != NULL;
			pending = pending->next) {
		count += pending->task.work != NULL;
	}
	return count;
}

void pending_finish(struct session *session)
{
	end_some(session, 0);
}

void pending_close(struct session *session)
{
	pending_finish(session);
	log_set_before(NULL, NULL);
	session->record->awaited.finish = NULL;
	pool_free(session->pool);
	session->pool = NULL;
}

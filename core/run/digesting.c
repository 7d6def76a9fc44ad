/**
 * \file    run/digesting.c
 * \brief   Computes the digests of a run while it goes on
 */
#include "run/digesting.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "output/digest.h"

struct digesting {
	const struct plan *plan;
	pthread_t thread;
	bool running;      /* the thread is to be waited for */
	atomic_bool there; /* the digests are */
	bool noted;
	struct digests digests;
};

static void *compute(void *context)
{
	struct digesting *digesting = context;

	digesting->digests = digests_compute(digesting->plan);
	atomic_store(&digesting->there, true);
	return NULL;
}

struct digesting *digesting_start(const struct session *session)
{
	if (session->record->digest[0] != '\0') {
		return NULL;
	}
	struct digesting *digesting = memory_new(1, sizeof(*digesting));

	digesting->plan = session->plan;
	digesting->running = pthread_create(&digesting->thread, NULL, compute, digesting)
			== 0;
	if (!digesting->running) {
		compute(digesting);
	}
	return digesting;
}

static void note(struct session *session)
{
	digests_note(&session->digesting->digests, session->record);
	session->digesting->noted = true;
	record_notify(session->record);
}

void digesting_look(struct session *session)
{
	struct digesting *digesting = session->digesting;

	if (digesting != NULL && !digesting->noted && atomic_load(&digesting->there)) {
		note(session);
	}
}

void digesting_renew(struct session *session)
{
	if (session->digesting != NULL && atomic_load(&session->digesting->there)) {
		note(session);
	}
}

void digesting_finish(struct session *session)
{
	struct digesting *digesting = session->digesting;

	if (digesting == NULL) {
		return;
	}
	if (digesting->running) {
		pthread_join(digesting->thread, NULL);
	}
	note(session);
	digests_free(&digesting->digests);
	free(digesting);
	session->digesting = NULL;
}

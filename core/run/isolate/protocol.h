/**
 * \file    run/isolate/protocol.h
 * \brief   What a child's record has got, on its way to the parent's record
 *
 * Both are the same program, so numbers travel as they lie in memory. What comes in is
 * checked all the same: a child whose plugin has gone astray may write anything.
 */
#ifndef RUN_ISOLATE_PROTOCOL_H
#define RUN_ISOLATE_PROTOCOL_H

#include <stdio.h>

#include "output/record.h"

/** The sending end, and what has been sent */
struct protocol_sender {
	FILE *report;
	struct record *record;
	size_t artifacts, warnings;
	struct record_job *jobs; /* their state as the parent knows it */
};

/**
 * \brief   In the child: send from now on what a record gets
 *
 * The parent's record is as this one is now. Artifacts, warnings and the state of jobs
 * are sent as soon as they are there.
 */
void protocol_start(struct protocol_sender *sender, struct record *record, FILE *report);

/** Send what is known of pictures, the engine, and the digest of weights. */
void protocol_send_pictures(struct protocol_sender *sender);
void protocol_send_engine(struct protocol_sender *sender);
void protocol_send_digest(struct protocol_sender *sender);

/** Say that all is done. */
void protocol_finish(struct protocol_sender *sender);

/** The receiving end; zero-initialize all but the record */
struct protocol_receiver {
	struct record *record;
	unsigned char *data; /* not yet whole */
	size_t length;
	bool engine; /* its name has come */
	bool finished;
	bool broken; /* something came that makes no sense */
};

/** In the parent: take a piece of what a child sends. */
void protocol_take(struct protocol_receiver *receiver, const char *piece, size_t length);

void protocol_receiver_clear(struct protocol_receiver *receiver);

#endif

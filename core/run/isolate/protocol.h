/**
 * \file    run/isolate/protocol.h
 * \brief   How the process of a job sends its results to the parent
 *
 * As lines of JSON. Each is a part of a record as output/record_json.h writes it, such as
 * {"warnings":[{"job":...}]}; the last line is {"finished":true}. All that is received is
 * checked, since a plugin may write anything to the pipe by mistake.
 */
#ifndef RUN_ISOLATE_PROTOCOL_H
#define RUN_ISOLATE_PROTOCOL_H

#include <stdio.h>

#include "base/lines.h"
#include "output/journal.h"

/** The child's end, and how much of the record has been sent */
struct protocol_sender {
	FILE *report;            /* or NULL */
	struct journal *journal; /* that gets the same lines; or NULL */
	struct record *record;
	size_t artifacts, warnings, failures, rules;
	struct record_job *jobs; /* as last sent, or as they were at the start */
	bool digest;             /* has been sent, or was there at the start */
};

/**
 * \brief   In the child: send from now on what is added to a record
 *
 * The parent's record is the same as this one at that time. Artifacts, warnings,
 * failures, rules and the states of jobs are sent as soon as they change.
 *
 * \param   report  Gets the lines; or NULL
 * \param   journal Gets them too; or NULL
 */
void protocol_start(struct protocol_sender *sender, struct record *record, FILE *report,
		struct journal *journal);

/** Send each picture as soon as it is known, too. */
void protocol_follow_pictures(struct protocol_sender *sender);

/** Send all pictures, the device and the engine's name, or the model with its digest. */
void protocol_send_pictures(const struct protocol_sender *sender);
void protocol_send_engine(const struct protocol_sender *sender);
void protocol_send_model(const struct protocol_sender *sender);

/** Send the last line, and stop watching the record. */
void protocol_finish(struct protocol_sender *sender);

/** The parent's end */
struct protocol_receiver {
	struct record *record;
	struct journal *journal; /* that gets the lines that are right; or NULL */
	struct lines lines;
	bool finished; /* the last line has been received */
	bool broken;   /* a line was wrong; the rest is ignored */
};

/** In the parent: start to receive from a child. The receiver must stay where it is. */
void protocol_receiver_init(struct protocol_receiver *receiver, struct record *record,
		struct journal *journal);

/** Add what a piece of the child's report says to the record; the piece may have any length. */
void protocol_receive(struct protocol_receiver *receiver, const char *piece,
		size_t length);

/** Free what is left; returns true when the child had finished and no line was wrong. */
bool protocol_receiver_finish(struct protocol_receiver *receiver);

#endif

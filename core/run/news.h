/**
 * \file    run/news.h
 * \brief   What a child's record has got, on its way to the parent's record
 *
 * Both are the same program, so numbers travel as they lie in memory. What comes in is
 * checked all the same: a child whose plugin has gone astray may write anything.
 */
#ifndef RUN_NEWS_H
#define RUN_NEWS_H

#include <stdio.h>

#include "run/record.h"

/** The sending end, and what has been sent */
struct news {
	FILE *report;
	struct record *record;
	size_t artifacts, warnings;
	struct record_job *jobs;        /* their state as the parent knows it */
};

/**
 * \brief   In the child: send from now on what a record gets
 *
 * The parent's record is as this one is now. Artifacts, warnings and the state of jobs
 * are sent as soon as they are there.
 */
void news_start(struct news *news, struct record *record, FILE *report);

/** Send what is known of pictures, the engine, and the digest of weights. */
void news_send_pictures(struct news *news);
void news_send_engine(struct news *news);
void news_send_digest(struct news *news);

/** Say that all is done. */
void news_finish(struct news *news);

/** The receiving end; zero-initialise all but the record */
struct news_inbox {
	struct record *record;
	unsigned char *data;            /* not yet whole */
	size_t length;
	bool engine;                    /* its name has come */
	bool finished;
	bool broken;                    /* something came that makes no sense */
};

/** In the parent: take a piece of what a child sends. */
void news_take(struct news_inbox *inbox, const char *piece, size_t length);

void news_inbox_clear(struct news_inbox *inbox);

#endif

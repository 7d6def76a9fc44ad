/**
 * \file    base/child.h
 * \brief   Running a function in a process of its own, so that it may crash or hang
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdio.h>

#include "base/error.h"

/** How a child ended */
enum child_end {
	CHILD_RETURNED,  /* its function came back */
	CHILD_CRASHED,   /* a signal ended it */
	CHILD_EXITED,    /* it ended itself, by exit() or a sanitizer */
	CHILD_TIMED_OUT, /* it was ended because it took too long */
};

struct child {
	enum child_end end;
	int code;     /* signal, or exit code */
	long process; /* its number, which is free again */
};

/** What to do about a child that is at work */
enum child_order {
	CHILD_GO_ON,
	CHILD_STOP, /* ask it to end, and end it when it does not */
	CHILD_KILL, /* end it at once */
};

/** A child and whoever looks after it */
struct child_options {
	void (*body)(void *context, FILE *report); /* called in the child */
	/* Called for each piece of the report as it comes, of any length. */
	void (*take)(void *context, const char *piece, size_t length);
	/* Asked now and then until it has ended; NULL: it may go on. */
	enum child_order (*watch)(void *context);
	void *context;      /* of all three */
	const char *output; /* file for standard output and error, or NULL */
	double interval;    /* seconds between two such questions; 0: a tenth */
	double grace;       /* seconds from SIGTERM to SIGKILL; 0: SIGKILL at once */
	bool group;         /* a process group of its own, of which nothing is left */
};

/**
 * \brief   Run a function in a child process and look after it until it ends
 *
 * Call it before the program has started threads: a child has only the one that
 * made it. A child that was ordered to stop counts as CHILD_TIMED_OUT, however it
 * took the order.
 */
cnnviz_status child_watch(const struct child_options *options, struct child *child,
		struct error *error);

/** Zeroed memory that parent and later children have in common; ends the program without */
void *child_share(size_t size);
void child_unshare(void *memory, size_t size);

/**
 * \brief   Run a function in a child process and read the lines that it prints
 *
 * \param   body        Called in the child; prints lines to report
 * \param   output      File that gets the child's standard output and error, or NULL
 *                      to leave them as they are
 * \param   seconds     How long it may take; 0: as long as it likes
 * \param   line        Called for each line of the report, without its end
 * \param   child       How it ended
 */
cnnviz_status child_run(void (*body)(void *context, FILE *report), void *context,
		const char *output, unsigned seconds,
		void (*line)(void *context, char *text), struct child *child,
		struct error *error);

/** "crashed with SIGSEGV (Segmentation fault)", "did not come back", ... ; malloc'ed */
char *child_describe(const struct child *child, unsigned seconds);

#endif

/**
 * \file    base/child.h
 * \brief   Runs a function in its own process, so that it may crash or hang
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdio.h>

#include "base/error.h"

/** How a child ended */
enum child_end {
	CHILD_RETURNED,  /* its function returned */
	CHILD_CRASHED,   /* a signal ended it */
	CHILD_EXITED,    /* it called exit(), or a sanitizer did */
	CHILD_TIMED_OUT, /* it was stopped because it took too long */
};

struct child {
	enum child_end end;
	int code;     /* signal or exit code */
	long process; /* its process ID, which is no longer in use */
};

/** What to do with a running child */
enum child_action {
	CHILD_CONTINUE,
	CHILD_STOP, /* ask it to end, and kill it when it does not */
	CHILD_KILL, /* kill it at once */
};

/** What a child runs, and how its parent watches it */
struct child_options {
	void (*body)(void *context, FILE *report); /* called in the child */
	/* Called in the parent for each piece of the report as it arrives; pieces have
	 * any length. */
	void (*receive)(void *context, const char *piece, size_t length);
	/* Called at intervals until the child has ended; NULL: it may run on. */
	enum child_action (*watch)(void *context);
	void *context;      /* passed to all three */
	const char *output; /* file for standard output and error, or NULL */
	double interval;    /* seconds between two calls of watch; 0: a tenth */
	double grace;       /* seconds from SIGTERM to SIGKILL; 0: SIGKILL at once */
	bool group; /* give it a process group, all of which is killed at its end */
};

/**
 * \brief   Run a function in a child process and watch it until it ends
 *
 * Call it before the program has started threads: a child has only the thread that
 * forked it. A child that was told to stop counts as CHILD_TIMED_OUT, however it ended.
 */
cnnviz_status child_watch(const struct child_options *options, struct child *child,
		struct error *error);

/**
 * Zeroed memory shared with children started later; exits the program when out of
 * memory
 */
void *child_share(size_t size);
void child_unshare(void *memory, size_t size);

/**
 * \brief   Run a function in a child process and read the lines that it prints
 *
 * \param   body        Called in the child; prints lines to report
 * \param   output      File that gets the child's standard output and error, or NULL
 *                      to leave them as they are
 * \param   seconds     How long it may take; 0: no limit
 * \param   line        Called for each line of the report, without its newline
 * \param   child       How it ended
 */
cnnviz_status child_run(void (*body)(void *context, FILE *report), void *context,
		const char *output, unsigned seconds,
		void (*line)(void *context, char *text), struct child *child,
		struct error *error);

/** "crashed: Segmentation fault", "exited with code 3", ...; malloc'ed */
char *child_describe(const struct child *child, unsigned seconds);

#endif

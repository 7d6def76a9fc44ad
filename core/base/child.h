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
	CHILD_RETURNED,         /* its function came back */
	CHILD_CRASHED,          /* a signal ended it */
	CHILD_EXITED,           /* it ended itself, by exit() or a sanitizer */
	CHILD_TIMED_OUT,        /* it was ended because it took too long */
};

struct child {
	enum child_end end;
	int code;               /* signal, or exit code */
};

/**
 * \brief   Run a function in a child process and read what it tells
 *
 * Call it before the program has started threads: a child has only the one that
 * made it.
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

/**
 * \file    base/process.h
 * \brief   What foreign code may change of the whole process, kept and put back
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <locale.h>
#include <sys/types.h>

/** What code may change that the host and other plugins rely on */
enum process_change {
	PROCESS_ROUNDING = 1 << 0,
	PROCESS_FOLDER = 1 << 1,
	PROCESS_MASK = 1 << 2,
	PROCESS_LOCALE = 1 << 3,
	PROCESS_OUTPUT = 1 << 4, /* something was printed */
};

/** Number of changes that there are */
#define PROCESS_CHANGES 5

/** The process before foreign code runs */
struct process_state {
	int rounding;
	int folder; /* descriptor of the working folder; -1: unknown */
	char *locale;
	locale_t thread_locale;
	int output; /* where standard output goes; -1: it is closed, or was not caught */
	int caught; /* file in memory that gets it meanwhile; -1 likewise */
	struct process_state *outer; /* kept before, and not put back yet */
};

/**
 * \brief   Keep the state of the process, and catch what is printed on standard output
 *
 * States are put back in the opposite order. The first call must not run beside threads
 * that create files, since the umask can only be read by changing it.
 */
void process_keep(struct process_state *state);

/**
 * \brief   Put the state back; what was printed goes to standard error
 *
 * \return  What had changed, of enum process_change
 */
unsigned process_put_back(struct process_state *state);

/**
 * Write to standard error what has been caught, for a process that will not put anything
 * back; may be called in a signal's handler
 */
void process_spill(void);

/** Have exit() do so too. */
void process_spill_at_exit(void);

/** What was done, as in "changed the rounding mode" */
const char *process_change_clause(enum process_change change);

/** What process_put_back() did about it, as in "which was put back" */
const char *process_change_effect(enum process_change change);

#endif

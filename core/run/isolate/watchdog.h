/**
 * \file    run/isolate/watchdog.h
 * \brief   What a parent can see of the child that does a job, however the child ends
 *
 * In memory that both share. The child records each call of a technique and, when it
 * crashes or calls exit(), whether it was out of memory.
 */
#ifndef RUN_ISOLATE_WATCHDOG_H
#define RUN_ISOLATE_WATCHDOG_H

#include <stdatomic.h>

#include "host/session.h"

/** Room for the paths of an engine's libraries: libtorch has a few hundred */
#define WATCHDOG_LIBRARIES 65536

struct watchdog {
	_Atomic int64_t call_start; /* of the outermost call, in ms; 0: no call is active */
	_Atomic size_t call_job;    /* of the innermost call: index in the session */
	_Atomic bool call_nested;   /* the innermost call was made by another technique */
	_Atomic bool out_of_memory; /* the child crashed, or called exit(), after ENOMEM */
	_Atomic int64_t told;       /* when a signal told it to end, in ms; 0: none has */
	_Atomic uintptr_t cut; /* address in a file that could not be read; 0: none */
	_Atomic long process;  /* process ID once the watchdog is armed; else 0 */
	_Atomic uint64_t base_memory; /* bytes in use when the watchdog was armed */
	/* Of the last child that has listed what it had loaded: see libraries_list() */
	char libraries[WATCHDOG_LIBRARIES];
};

/** A watchdog shared with children started later; exits the program when out of memory */
struct watchdog *watchdog_create(void);
void watchdog_free(struct watchdog *watchdog);

/** Clear what the last child left, before the next one is started. */
void watchdog_reset(struct watchdog *watchdog);

/**
 * \brief   In the child: record how it ends and whether it is told to, and its memory now
 *
 * \param   measure     Fail when the system does not tell how much memory is used
 */
cnnviz_status watchdog_arm(struct watchdog *watchdog, bool measure, struct error *error);

/** In the child: record no more than how it crashes */
void watchdog_arm_crashes(struct watchdog *watchdog);

/** In the child, before any technique is called: list the libraries that are loaded now. */
void watchdog_list_libraries(struct watchdog *watchdog);

/**
 * In the parent: a copy of that list, which later children cannot change; malloc'ed
 */
char *watchdog_copy_libraries(const struct watchdog *watchdog);

/** In the child: the listener of its session, which records the calls */
struct session_listener watchdog_listener(struct watchdog *watchdog);

/** In the parent: path of a mapped file whose end ended the child, or NULL */
const char *watchdog_cut_file(const struct watchdog *watchdog);

/** In the parent: seconds since the outermost call began; 0 when no call is active */
double watchdog_call_seconds(const struct watchdog *watchdog);

/** In the parent: seconds since a signal told the child to end; 0 when none has */
double watchdog_told_seconds(const struct watchdog *watchdog);

/**
 * \brief   In the parent: bytes of memory that the child uses more than when it was armed
 *
 * Only its own memory that it has written to counts. Mapped files do not, nor does memory
 * that is reserved but unused, of which linear algebra libraries have much.
 */
uint64_t watchdog_memory_growth(const struct watchdog *watchdog);

#endif

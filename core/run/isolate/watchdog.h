/**
 * \file    run/isolate/watchdog.h
 * \brief   What a child that runs a job leaves for its parent to see, however it ends
 *
 * In memory that both share. The child notes each call of a technique; should it
 * crash, its last act is to note whether there was no memory.
 */
#ifndef RUN_ISOLATE_WATCHDOG_H
#define RUN_ISOLATE_WATCHDOG_H

#include <stdatomic.h>

#include "host/session.h"

struct watchdog {
	_Atomic int64_t since; /* when the outermost call began, in ms; 0: none is under way */
	_Atomic size_t job;   /* of the innermost call: its number in the session */
	_Atomic bool apart;   /* it is for inputs that another technique made */
	_Atomic bool starved; /* the child ended itself, or crashed, for want of memory */
	_Atomic long process; /* its number, once it is armed; else 0 */
	_Atomic uint64_t base; /* bytes of memory that it had then */
};

/** A watchdog that children share; ends the program without memory */
struct watchdog *watchdog_create(void);
void watchdog_free(struct watchdog *watchdog);

/** Forget the last child, before the next is made. */
void watchdog_reset(struct watchdog *watchdog);

/**
 * \brief   In the child: watch over its end, and measure from now on what it takes
 *
 * \param   measure     Fail where the system does not tell
 */
cnnviz_status watchdog_arm(struct watchdog *watchdog, bool measure, struct error *error);

/** In the child: what notes the calls of a session */
struct session_listener watchdog_listener(struct watchdog *watchdog);

/** In the parent: seconds since the outermost call began; 0: none is under way */
double watchdog_elapsed(const struct watchdog *watchdog);

/**
 * \brief   In the parent: bytes of memory that the child has taken since it was armed
 *
 * Memory of its own that it has written to: neither mapped files nor what is only set
 * aside, as libraries for linear algebra do with much of it.
 */
uint64_t watchdog_growth(const struct watchdog *watchdog);

#endif

/**
 * \file    run/guard.h
 * \brief   What a child that runs a job leaves for its parent to see, however it ends
 *
 * In memory that both share. The child notes each call of a technique; should it
 * crash, its last act is to note whether there was no memory.
 */
#ifndef RUN_GUARD_H
#define RUN_GUARD_H

#include <stdatomic.h>

#include "base/error.h"

/** What was under way when a technique was called */
struct guard_call {
	bool outermost;         /* nothing */
	size_t job;
	bool apart;             /* for inputs that another technique made */
};

struct guard {
	_Atomic int64_t since;  /* when the outermost call began, in ms; 0: none is under way */
	_Atomic size_t job;     /* of the innermost call */
	_Atomic bool apart;
	_Atomic bool starved;   /* the child ended itself, or crashed, for want of memory */
	_Atomic long process;   /* its number, once it is armed; else 0 */
	_Atomic uint64_t base;  /* bytes of memory that it had then */
};

/** A guard that children share; ends the program without memory */
struct guard *guard_create(void);
void guard_free(struct guard *guard);

/** Forget the last child, before the next is made for a job. */
void guard_reset(struct guard *guard, size_t job);

/**
 * \brief   In the child: watch over its end, and measure from now on what it takes
 *
 * \param   measure     Fail where the system does not tell
 */
cnnviz_status guard_arm(struct guard *guard, bool measure, struct error *error);

/** A technique is called. All that follow take NULL for nobody to be told. */
struct guard_call guard_enter(struct guard *guard, size_t job, bool apart);

/** It came back; call is what guard_enter() gave. */
void guard_leave(struct guard *guard, struct guard_call call);

/** In the parent: seconds since the outermost call began; 0: none is under way */
double guard_elapsed(const struct guard *guard);

/**
 * \brief   In the parent: bytes of memory that the child has taken since it was armed
 *
 * Memory of its own that it has written to: neither mapped files nor what is only set
 * aside, as libraries for linear algebra do with much of it.
 */
uint64_t guard_growth(const struct guard *guard);

#endif

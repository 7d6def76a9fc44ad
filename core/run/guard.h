/**
 * \file    run/guard.h
 * \brief   What a child that runs a job leaves for its parent to see, however it ends
 *
 * In memory that both share. The child notes each call of a technique; should it
 * crash, its last act is to note whether memory was short.
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
	uint64_t ceiling;       /* bytes of data that the child may have; 0: any */
	uint64_t margin;        /* so near to it, more would have gone beyond */
};

/** A guard that children share; ends the program without memory */
struct guard *guard_create(void);
void guard_free(struct guard *guard);

/** Forget the last child, before the next is made for a job. */
void guard_reset(struct guard *guard, size_t job);

/**
 * \brief   In the child: watch over its end, and limit what it may take from now on
 *
 * \param   limit   MiB of data besides what it has now; 0: any. Counted is what the
 *                  system counts for RLIMIT_DATA: memory of its own that it can write
 *                  to, touched or not; mapped weights are not.
 */
cnnviz_status guard_arm(struct guard *guard, int64_t limit, struct error *error);

/** A technique is called. All that follow take NULL for nobody to be told. */
struct guard_call guard_enter(struct guard *guard, size_t job, bool apart);

/** It came back; call is what guard_enter() gave. */
void guard_leave(struct guard *guard, struct guard_call call);

/** In the parent: seconds since the outermost call began; 0: none is under way */
double guard_elapsed(const struct guard *guard);

#endif

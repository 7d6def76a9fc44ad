/**
 * \file    base/pool.h
 * \brief   Threads that do tasks while the program goes on
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/log.h"

/**
 * A task of a pool, the first member of a struct that has what it works on. It belongs to
 * the caller, and stays where it is from pool_start() to the end of pool_wait().
 */
struct task {
	void (*work)(struct task *task);
	/* The pool's own */
	enum { TASK_WAITING, TASK_RUNNING, TASK_DONE } state;
	struct task *next;
	struct log_held said;
};

struct pool;

/** A pool of threads; NULL for no threads, or if none can be started */
struct pool *pool_create(int threads);

/**
 * \brief   Have a task done by a thread, in the order of starting
 *
 * Without a pool (NULL) it is done before this returns.
 */
void pool_start(struct pool *pool, struct task *task);

/**
 * \brief   Wait until a task is done; one that no thread has begun is done by the caller
 *
 * What a thread has said meanwhile is shown now, so that messages come in the order in
 * which tasks are waited for.
 */
void pool_wait(struct pool *pool, struct task *task);

/** End the threads; every task must have been waited for. */
void pool_free(struct pool *pool);

#endif

/**
 * \file    base/lock.h
 * \brief   A file that one process holds at a time, or several that share it
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>

#include "base/error.h"

struct lock;

/**
 * \brief   Hold a file, which is made if it is not there
 *
 * The kernel lets go of it when this process ends, however it ends, so that a file that a
 * killed process has left behind is in nobody's way. Children do not hold it. Where the
 * file system knows no locks, everybody gets one.
 *
 * \param   holder  Set to the process that holds the file now; 0 if none does, -1 if it is
 *                  on another machine or in another container
 *
 * \return  CNNVIZ_ERROR_IO if another process holds it, or if it cannot be made
 */
cnnviz_status lock_take(const char *path, struct lock **lock, long *holder,
		struct error *error);

/**
 * Hold a file together with others that share it; while any does, nobody takes it alone.
 * Errors as of lock_take(): another process holds it alone.
 */
cnnviz_status lock_share(const char *path, struct lock **lock, long *holder,
		struct error *error);

/** Whether another process holds a file, alone or shared; this one must not itself */
bool lock_is_held(const char *path);

/**
 * Let go of a file, which is removed unless others share it. The last of several that let
 * go at the same moment may leave it; nobody holds it then. NULL is nothing
 */
void lock_release(struct lock *lock);

#endif

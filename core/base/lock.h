/**
 * \file    base/lock.h
 * \brief   A file that only one process holds at a time
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

/** Remove the file, and let go of it; NULL is nothing */
void lock_release(struct lock *lock);

#endif

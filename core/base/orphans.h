/**
 * \file    base/orphans.h
 * \brief   Processes that a child leaves behind when it ends
 *
 * A process group does not hold those that have left it by setsid(). On Linux, this process
 * becomes the parent of what its descendants leave behind, so that they can be found.
 */
#ifndef BASE_ORPHANS_H
#define BASE_ORPHANS_H

#include <stddef.h>
#include <sys/types.h>

/** Children that this process had before, which are left alone */
struct orphans {
	pid_t *known;
	size_t count;
};

/** Take in what descendants leave behind from now on. */
void orphans_adopt(struct orphans *orphans);

/** Kill what has been taken in since; with this, all children started since must be over. */
void orphans_end(struct orphans *orphans);

#endif

/**
 * \file    base/lock.c
 * \brief   A file that only one process holds at a time
 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct lock {
	char *path;
	int file;
};

static const struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

/** Who holds the file; 0: nobody any more */
static long find_holder(int file)
{
	struct flock found = whole;

	if (fcntl(file, F_GETLK, &found) != 0 || found.l_type == F_UNLCK) {
		return 0;
	}
	return found.l_pid > 0 ? (long)found.l_pid : -1;
}

/** Whether a path still leads to the open file: its holder may have removed it meanwhile */
static bool is_at(int file, const char *path)
{
	struct stat opened, found;

	return fstat(file, &opened) == 0 && stat(path, &found) == 0
			&& opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

/** Open and lock; -1 with errno, which is EAGAIN if somebody else holds it */
static int open_locked(const char *path, long *holder)
{
	for (;;) {
		int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

		if (file < 0) {
			return -1;
		}
		bool busy = fcntl(file, F_SETLK, &whole) != 0
				&& (errno == EACCES || errno == EAGAIN);

		*holder = busy ? find_holder(file) : 0;
		if (!busy && is_at(file, path)) {
			return file;
		}
		close(file);
		if (*holder != 0) {
			errno = EAGAIN;
			return -1;
		}
	}
}

cnnviz_status lock_take(const char *path, struct lock **lock, long *holder,
		struct error *error)
{
	*holder = 0;
	int file = open_locked(path, holder);

	if (file < 0) {
		return error_set(error, CNNVIZ_ERROR_IO, "cannot lock %s: %s", path,
				*holder != 0 ? "another process holds it"
					     : strerror(errno));
	}
	*lock = memory_new(1, sizeof(**lock));
	**lock = (struct lock){ .path = memory_text(path), .file = file };
	return CNNVIZ_OK;
}

void lock_release(struct lock *lock)
{
	if (lock == NULL) {
		return;
	}
	/* While it is held, so that it is not another process's. */
	if (is_at(lock->file, lock->path)) {
		unlink(lock->path);
	}
	close(lock->file);
	free(lock->path);
	free(lock);
}

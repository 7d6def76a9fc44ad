/**
 * \file    base/lock.c
 * \brief   A file that one process holds at a time, or several that share it
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
	bool shared;
};

/** Lock all of a file, if nobody holds it in a way that excludes this one */
static int lock_whole(int file, short type)
{
	const struct flock whole = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(file, F_SETLK, &whole);
}

/** Who holds the file, so that nobody can lock it so; 0: nobody any more */
static long find_holder(int file, short type)
{
	struct flock found = { .l_type = type, .l_whence = SEEK_SET };

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
static int open_locked(const char *path, short type, long *holder)
{
	for (;;) {
		int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

		if (file < 0) {
			return -1;
		}
		bool busy = lock_whole(file, type) != 0
				&& (errno == EACCES || errno == EAGAIN);

		*holder = busy ? find_holder(file, type) : 0;
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

static cnnviz_status take(const char *path, short type, struct lock **lock, long *holder,
		struct error *error)
{
	*holder = 0;
	int file = open_locked(path, type, holder);

	if (file < 0) {
		return error_set(error, CNNVIZ_ERROR_IO, "cannot lock %s: %s", path,
				*holder != 0 ? "another process holds it"
					     : strerror(errno));
	}
	*lock = memory_new(1, sizeof(**lock));
	**lock = (struct lock){
		.path = memory_text(path),
		.file = file,
		.shared = type == F_RDLCK,
	};
	return CNNVIZ_OK;
}

cnnviz_status lock_take(const char *path, struct lock **lock, long *holder,
		struct error *error)
{
	return take(path, F_WRLCK, lock, holder, error);
}

cnnviz_status lock_share(const char *path, struct lock **lock, long *holder,
		struct error *error)
{
	return take(path, F_RDLCK, lock, holder, error);
}

bool lock_is_held(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool held = file >= 0 && find_holder(file, F_WRLCK) != 0;

	if (file >= 0) {
		close(file);
	}
	return held;
}

void lock_release(struct lock *lock)
{
	if (lock == NULL) {
		return;
	}
	/* While it is held, so that it is not another process's; alone, if others share it. */
	bool alone = !lock->shared || lock_whole(lock->file, F_WRLCK) == 0;

	if (alone && is_at(lock->file, lock->path)) {
		unlink(lock->path);
	}
	close(lock->file);
	free(lock->path);
	free(lock);
}

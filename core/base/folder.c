/**
 * \file    base/folder.c
 * \brief   Looks at and removes files below an open folder, without following links
 */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/**
 * Open the folder of a path below another one; -1 with errno on failure.
 *
 * \param   name    The path's last part, borrowed from it
 */
static int open_parent(int folder, const char *path, const char **name)
{
	char *parts = memory_text(path), *part = parts;
	int parent = fcntl(folder, F_DUPFD_CLOEXEC, 0);

	*name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	for (char *slash; parent >= 0 && (slash = strchr(part, '/')) != NULL;
			part = slash + 1) {
		*slash = '\0';
		int inner = openat(parent, part,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int reason = errno;

		close(parent);
		errno = reason;
		parent = inner;
	}
	free(parts);
	return parent;
}

static int find_in_parent(int parent, const char *name, struct stat *status)
{
	if (fstatat(parent, name, status, AT_SYMLINK_NOFOLLOW) != 0) {
		return errno;
	}
	return S_ISREG(status->st_mode) ? 0 : EINVAL;
}

int folder_find_file(int folder, const char *path, struct stat *status)
{
	const char *name;
	int parent = open_parent(folder, path, &name);

	if (parent < 0) {
		return errno;
	}
	int result = find_in_parent(parent, name, status);

	close(parent);
	return result;
}

FILE *folder_open_file(int folder, const char *path)
{
	const char *name;
	int parent = open_parent(folder, path, &name);
	int file = parent >= 0 ? openat(parent, name,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
						   | O_CLOEXEC)
			       : -1;
	struct stat status;
	bool regular = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
	FILE *stream = regular ? fdopen(file, "r") : NULL;

	if (stream == NULL && file >= 0) {
		close(file);
	}
	if (parent >= 0) {
		close(parent);
	}
	return stream;
}

int folder_remove_file(int folder, const char *path)
{
	const char *name;
	struct stat status;
	int parent = open_parent(folder, path, &name);

	if (parent < 0) {
		return errno;
	}
	int result = find_in_parent(parent, name, &status);

	if (result == 0 && unlinkat(parent, name, 0) != 0) {
		result = errno;
	}
	close(parent);
	return result;
}

void folder_remove_emptied(int folder, const char *path)
{
	char *rest = memory_text(path);
	bool removed = true;

	for (char *slash; removed && (slash = strrchr(rest, '/')) != NULL;) {
		const char *name;

		*slash = '\0';
		int parent = open_parent(folder, rest, &name);

		removed = parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) == 0;
		if (parent >= 0) {
			close(parent);
		}
	}
	free(rest);
}

/**
 * \file    base/orphans.c
 * \brief   Processes that a child leaves behind when it ends
 */
#include "base/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

/** The parent of a process; 0: unknown */
static long parent_of(const char *process)
{
	char path[64], line[512];
	long parent = 0;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", process);
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		return 0;
	}
	/* "NUMBER (NAME) STATE PARENT ...", whose name may have anything in it */
	if (fgets(line, sizeof(line), file) != NULL) {
		const char *end = strrchr(line, ')');

		if (end == NULL || sscanf(end, ") %*c %ld", &parent) != 1) {
			parent = 0;
		}
	}
	fclose(file);
	return parent;
}

/** Children of this process; malloc'ed */
static pid_t *list_children(size_t *count)
{
	DIR *folder = opendir("/proc");
	pid_t *children = NULL;
	struct dirent *entry;

	*count = 0;
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		long process = strtol(entry->d_name, NULL, 10);

		if (process > 0 && parent_of(entry->d_name) == (long)getpid()) {
			children = memory_resize(children, *count + 1, sizeof(*children));
			children[(*count)++] = (pid_t)process;
		}
	}
	if (folder != NULL) {
		closedir(folder);
	}
	return children;
}

static bool is_known(const struct orphans *orphans, pid_t process)
{
	for (size_t i = 0; i < orphans->count; i++) {
		if (orphans->known[i] == process) {
			return true;
		}
	}
	return false;
}

void orphans_adopt(struct orphans *orphans)
{
	orphans->known = list_children(&orphans->count);
#ifdef __linux__
	prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
}

/** Kill what is there; false if nothing was. Each may leave others behind. */
static bool kill_all(const struct orphans *orphans)
{
	size_t count;
	pid_t *children = list_children(&count);
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (is_known(orphans, children[i])) {
			continue;
		}
		any = true;
		kill(children[i], SIGKILL);
		while (waitpid(children[i], NULL, 0) < 0 && errno == EINTR) {
		}
	}
	free(children);
	return any;
}

void orphans_end(struct orphans *orphans)
{
	while (kill_all(orphans)) {
	}
	free(orphans->known);
	*orphans = (struct orphans){ NULL, 0 };
}

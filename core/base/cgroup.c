/**
 * \file    base/cgroup.c
 * \brief   Limits of this process's control groups
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

/** What is asked of each group */
struct question {
	const char *root, *controller;
	long long (*read)(const char *folder);
};

int cgroup_numbers(const char *folder, const char *name, long long *first,
		long long *second)
{
	char *path = path_join(folder, name);
	FILE *file = fopen(path, "r");
	int count = file != NULL ? fscanf(file, "%lld %lld", first, second) : 0;

	if (file != NULL) {
		fclose(file);
	}
	free(path);
	return count;
}

/** The smallest limit of a group and those above it */
static long long ask_upward(const struct question *question, const char *hierarchy,
		const char *group)
{
	char *path = memory_format("%s/%s%s", question->root, hierarchy, group);
	size_t top = strlen(path) - strlen(group);
	long long smallest = question->read(path);

	while (strlen(path) > top) {
		*strrchr(path, '/') = '\0';
		long long limit = question->read(path);
		smallest = limit < smallest ? limit : smallest;
	}
	free(path);
	return smallest;
}

static bool is_listed(const char *controllers, const char *name)
{
	char *list = memory_text(controllers);
	char *save = NULL;
	char *word = strtok_r(list, ",", &save);

	while (word != NULL && strcmp(word, name) != 0) {
		word = strtok_r(NULL, ",", &save);
	}
	bool found = word != NULL;
	free(list);
	return found;
}

/** A line NUMBER:CONTROLLERS:GROUP; version 2 names no controllers */
static long long ask_line(const struct question *question, char *line)
{
	char *controllers = strchr(line, ':');
	char *group = controllers != NULL ? strchr(++controllers, ':') : NULL;

	if (group == NULL || group[1] != '/') {
		return LLONG_MAX;
	}
	*group++ = '\0';
	group[strcspn(group, "\n")] = '\0';
	if (*controllers == '\0') {
		return ask_upward(question, ".", group);
	}
	if (!is_listed(controllers, question->controller)) {
		return LLONG_MAX;
	}
	/* It is mounted by the whole list, and often under a link of its own name too. */
	long long limit = ask_upward(question, controllers, group);
	long long linked = ask_upward(question, question->controller, group);
	return limit < linked ? limit : linked;
}

long long cgroup_smallest(const char *groups, const char *root, const char *controller,
		long long (*read)(const char *folder))
{
	const struct question question = { root, controller, read };
	FILE *file = fopen(groups, "r");
	char *line = NULL;
	size_t size = 0;
	long long smallest = LLONG_MAX;

	while (file != NULL && getline(&line, &size, file) >= 0) {
		long long limit = ask_line(&question, line);
		smallest = limit < smallest ? limit : smallest;
	}
	free(line);
	if (file != NULL) {
		fclose(file);
	}
	return smallest;
}

/**
 * \file    base/cpus.c
 * \brief   How many CPUs this process may use
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

/* ---- Control groups ------------------------------------------------------------ */

/* The whole numbers at the start of a file of a folder; returns how many there are */
static int read_numbers(const char *folder, const char *name, long long *first,
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

/* The quota of one group, time in each period; INT_MAX: none */
static int read_quota(const char *folder)
{
	long long quota = -1, period = 0, rest;

	/* "max 100000" begins with no number; version 1 has -1. */
	if (read_numbers(folder, "cpu.max", &quota, &period) != 2
			&& read_numbers(folder, "cpu.cfs_quota_us", &quota, &rest) >= 1) {
		read_numbers(folder, "cpu.cfs_period_us", &period, &rest);
	}
	if (quota <= 0 || period <= 0 || quota / period >= INT_MAX) {
		return INT_MAX;
	}
	return quota > period ? (int)(quota / period) : 1;
}

/* The smallest quota of a group and those above it */
static int smallest_quota(const char *root, const char *hierarchy, const char *group)
{
	char *path = memory_format("%s/%s%s", root, hierarchy, group);
	size_t top = strlen(path) - strlen(group);
	int smallest = read_quota(path);

	while (strlen(path) > top) {
		*strrchr(path, '/') = '\0';
		int quota = read_quota(path);
		smallest = quota < smallest ? quota : smallest;
	}
	free(path);
	return smallest;
}

static bool names_cpu(const char *controllers)
{
	char *list = memory_text(controllers);
	char *save = NULL;
	char *word = strtok_r(list, ",", &save);

	while (word != NULL && strcmp(word, "cpu") != 0) {
		word = strtok_r(NULL, ",", &save);
	}
	bool found = word != NULL;
	free(list);
	return found;
}

/* A line NUMBER:CONTROLLERS:GROUP; version 2 names no controllers */
static int line_quota(char *line, const char *root)
{
	char *controllers = strchr(line, ':');
	char *group = controllers != NULL ? strchr(++controllers, ':') : NULL;

	if (group == NULL || group[1] != '/') {
		return INT_MAX;
	}
	*group++ = '\0';
	group[strcspn(group, "\n")] = '\0';
	if (*controllers == '\0') {
		return smallest_quota(root, ".", group);
	}
	if (!names_cpu(controllers)) {
		return INT_MAX;
	}
	/* It is mounted by the whole list, and often under a link of its own name too. */
	int quota = smallest_quota(root, controllers, group);
	int linked = smallest_quota(root, "cpu", group);
	return quota < linked ? quota : linked;
}

int cpus_quota(const char *groups, const char *root)
{
	FILE *file = fopen(groups, "r");
	char *line = NULL;
	size_t size = 0;
	int smallest = INT_MAX;

	while (file != NULL && getline(&line, &size, file) >= 0) {
		int quota = line_quota(line, root);
		smallest = quota < smallest ? quota : smallest;
	}
	free(line);
	if (file != NULL) {
		fclose(file);
	}
	return smallest;
}

/* ---- This process -------------------------------------------------------------- */

/* Largest number of CPUs that the kernel is asked about */
#define CPUS_MAX ((size_t)1 << 20)

/* The CPUs that this process may run on */
static int allowed_cpus(void)
{
	int count = 0;

	/* A set that is too small for the machine is EINVAL. */
	for (size_t room = CPU_SETSIZE; count == 0 && room <= CPUS_MAX; room *= 2) {
		size_t size = CPU_ALLOC_SIZE(room);
		cpu_set_t *set = memory_new(1, size);

		errno = 0;
		if (sched_getaffinity(0, size, set) == 0) {
			count = CPU_COUNT_S(size, set);
		}
		free(set);
		if (count == 0 && errno != EINVAL) {
			break;
		}
	}
	return count > 0 ? count : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* The first number of $OMP_NUM_THREADS; INT_MAX: none */
static int wanted_threads(void)
{
	const char *text = getenv("OMP_NUM_THREADS");
	long count = text != NULL ? strtol(text, NULL, 10) : 0;

	return count > 0 && count < INT_MAX ? (int)count : INT_MAX;
}

int cpus_usable(void)
{
	const int limits[] = {
		allowed_cpus(),
		cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup"),
		wanted_threads(),
	};
	int count = INT_MAX;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		count = limits[i] < count ? limits[i] : count;
	}
	return count > 0 ? count : 1;
}

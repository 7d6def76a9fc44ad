/**
 * \file    base/available.c
 * \brief   How much memory this process may still take
 */
#include "base/available.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"
#include "base/file.h"

/** The number behind a word at the start of a line, or `otherwise` */
static long long find_number(const char *path, const char *word, long long otherwise)
{
	FILE *file = fopen(path, "r");
	char line[256];
	long long number = otherwise;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		size_t length = strlen(word);

		if (strncmp(line, word, length) == 0 && line[length] == ' ') {
			number = strtoll(line + length, NULL, 10);
			break;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return number;
}

/** What a group's limit leaves beside memory that is no file's; LLONG_MAX: no limit */
static long long read_room(const char *folder)
{
	long long limit = -1, rest;

	if (cgroup_numbers(folder, "memory.max", &limit, &rest) < 1
			&& cgroup_numbers(folder, "memory.limit_in_bytes", &limit, &rest)
					< 1) {
		return LLONG_MAX;
	}
	char *path = path_join(folder, "memory.stat");
	long long taken = find_number(path, "anon", -1);

	if (taken < 0) {
		taken = find_number(path, "total_rss", 0); /* version 1 */
	}
	free(path);
	return limit > taken ? limit - taken : 0;
}

double memory_available_in(const char *meminfo, const char *groups, const char *root)
{
	long long machine = find_number(meminfo, "MemAvailable:", LLONG_MAX / 1024)
			* 1024;
	long long group = cgroup_smallest(groups, root, "memory", read_room);

	return (double)(machine < group ? machine : group);
}

double memory_available(void)
{
	return memory_available_in("/proc/meminfo", "/proc/self/cgroup",
			"/sys/fs/cgroup");
}

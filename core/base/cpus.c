/**
 * \file    base/cpus.c
 * \brief   How many CPUs this process may use
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/memory.h"

/* ---- Control groups ------------------------------------------------------------ */

/* The quota of one group, time in each period; LLONG_MAX: none */
static long long read_quota(const char *folder)
{
	long long quota = -1, period = 0, rest;

	/* "max 100000" begins with no number; version 1 has -1. */
	if (cgroup_numbers(folder, "cpu.max", &quota, &period) != 2
			&& cgroup_numbers(folder, "cpu.cfs_quota_us", &quota, &rest)
					>= 1) {
		cgroup_numbers(folder, "cpu.cfs_period_us", &period, &rest);
	}
	if (quota <= 0 || period <= 0) {
		return LLONG_MAX;
	}
	return quota > period ? quota / period : 1;
}

int cpus_quota(const char *groups, const char *root)
{
	long long quota = cgroup_smallest(groups, root, "cpu", read_quota);

	return quota < INT_MAX ? (int)quota : INT_MAX;
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

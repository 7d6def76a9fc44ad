/**
 * \file    base/available.h
 * \brief   How much memory this process may still take
 */
#ifndef BASE_AVAILABLE_H
#define BASE_AVAILABLE_H

/**
 * \brief   Bytes that can be taken without other programs being pushed out of memory
 *
 * The smallest of what the kernel thinks is available, and what the control group's limit
 * and those above it leave beside memory that is no file's.
 */
double memory_available(void);

/** The same, told by files as /proc/meminfo and /proc/self/cgroup, and mounted groups */
double memory_available_in(const char *meminfo, const char *groups, const char *root);

#endif

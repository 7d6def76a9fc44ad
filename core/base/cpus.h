/**
 * \file    base/cpus.h
 * \brief   How many CPUs this process may use
 */
#ifndef BASE_CPUS_H
#define BASE_CPUS_H

/**
 * \brief   The CPUs that this process may keep busy, at least 1
 *
 * The smallest of: those that it may run on (taskset); the quota of its control group,
 * as containers have; $OMP_NUM_THREADS, where it is set.
 */
int cpus_usable(void);

/**
 * \brief   The quota of a control group and of all above it, in whole CPUs
 *
 * Of version 2 (cpu.max) and version 1 (cpu.cfs_quota_us). A fraction is cut off: with a
 * thread more, all would stand still for a part of each period.
 *
 * \param   groups      The groups of a process, as /proc/self/cgroup has them
 * \param   root        Folder where their file systems are mounted: /sys/fs/cgroup
 *
 * \return  At least 1; INT_MAX if there is no quota
 */
int cpus_quota(const char *groups, const char *root);

#endif

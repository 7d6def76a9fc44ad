/**
 * \file    base/cgroup.h
 * \brief   Limits of this process's control groups
 */
#ifndef BASE_CGROUP_H
#define BASE_CGROUP_H

/** The whole numbers at the start of a file of a folder; returns how many there are */
int cgroup_numbers(const char *folder, const char *name, long long *first,
		long long *second);

/**
 * \brief   The smallest limit of a process's group and those above it
 *
 * \param   groups      Path of a file as /proc/self/cgroup
 * \param   root        Folder that control groups are mounted at
 * \param   controller  "cpu", "memory": its hierarchy of version 1, besides version 2's
 * \param   read        The limit of the group in a folder; LLONG_MAX: none
 */
long long cgroup_smallest(const char *groups, const char *root, const char *controller,
		long long (*read)(const char *folder));

#endif

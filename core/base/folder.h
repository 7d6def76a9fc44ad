/**
 * \file    base/folder.h
 * \brief   Looks at and removes files below an open folder, without following links
 *
 * For lists of files that are not trusted. Paths must satisfy path_stays_below(). Their
 * folders are opened one after the other, and a symbolic link among them is an error, so
 * that nothing outside is reached even if someone changes the folders meanwhile.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

/**
 * \brief   Status of a regular file below a folder
 *
 * \param   folder  File descriptor
 *
 * \return  0, or errno: ELOOP or ENOTDIR if the path has a link or a file for a folder,
 *          EINVAL if it ends in anything but a regular file
 */
int folder_find_file(int folder, const char *path, struct stat *status);

/**
 * Open a regular file below a folder for reading; NULL where there is none. A pipe without a
 * writer does not hang.
 */
FILE *folder_open_file(int folder, const char *path);

/** Remove a regular file below a folder; returns as folder_find_file() */
int folder_remove_file(int folder, const char *path);

/** Remove the folder of a path, and those around it below a folder, as far as empty */
void folder_remove_emptied(int folder, const char *path);

#endif

/**
 * \file    base/libraries.h
 * \brief   The libraries that are loaded: their memory, and their files
 */
#ifndef BASE_LIBRARIES_H
#define BASE_LIBRARIES_H

#include <stddef.h>

/**
 * Give back the pages of all loaded libraries that are as in their files. Binding hundreds of
 * libraries and their initializers touch most pages, and what follows only few of them; these
 * come back from the system's cache when they are asked for.
 */
void libraries_release_pages(void);

/**
 * \brief   List the files of all loaded libraries, as they were found
 *
 * \param   list    Gets each path with its NUL, and an empty one at the end; those for which
 *                  there is no room are left out
 * \param   size    Of the list, at least 1
 */
void libraries_list(char *list, size_t size);

#endif

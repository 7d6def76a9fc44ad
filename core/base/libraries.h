/**
 * \file    base/libraries.h
 * \brief   The memory that loaded libraries take
 */
#ifndef BASE_LIBRARIES_H
#define BASE_LIBRARIES_H

/**
 * Give back the pages of all loaded libraries that are as in their files. Binding hundreds of
 * libraries and their initializers touch most pages, and what follows only few of them; these
 * come back from the system's cache when they are asked for.
 */
void libraries_release_pages(void);

#endif

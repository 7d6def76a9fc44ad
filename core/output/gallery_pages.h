/**
 * \file    output/gallery_pages.h
 * \brief   Into how many files a gallery is divided: index.html, page-2.html and so on
 *
 * A browser opens a file of ten megabytes well, and one of hundreds hardly. So the pictures of
 * a large run have a page for as many as there is room for, and a gallery that fits is one file.
 */
#ifndef OUTPUT_GALLERY_PAGES_H
#define OUTPUT_GALLERY_PAGES_H

#include <stdio.h>

#include "output/record.h"

/** Number of files, at least 1 */
size_t gallery_pages_count(const struct record *record);

/** Number of pictures on each page but the last, which may have fewer */
size_t gallery_pages_size(const struct record *record);

/** Name of the file of a page, from 0; malloc'ed */
char *gallery_pages_name(size_t page);

/** Whether a path is the name of a page behind the first one */
bool gallery_pages_is_name(const char *path);

/** Write links to other pages, if there are any, with the names of their pictures. */
void gallery_pages_links(FILE *out, const struct record *record, size_t page);

#endif

/**
 * \file    output/gallery.h
 * \brief   Writes index.html: the results of a run for people
 *
 * The pictures of a large run have further pages: see gallery_pages.h.
 */
#ifndef OUTPUT_GALLERY_H
#define OUTPUT_GALLERY_H

#include <stdio.h>

#include "output/record.h"

/**
 * \brief   Write index.html, and further pages, into the plan's output folder
 *
 * The record is sorted. A table with a row for each artifact and a column for each picture, in
 * files that need neither a server nor a network. Without scripts the pictures are links, and all
 * are on one page.
 */
cnnviz_status gallery_write(const struct record *record, struct error *error);

/**
 * Write the start of a page in the gallery's style, up to the end of its style sheet;
 * the head is left open
 */
void page_begin(FILE *out, const char *title);

#endif

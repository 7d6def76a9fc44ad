/**
 * \file    output/gallery.h
 * \brief   index.html: what a run made, for people
 */
#ifndef OUTPUT_GALLERY_H
#define OUTPUT_GALLERY_H

#include <stdio.h>

#include "output/record.h"

/**
 * \brief   Write index.html into the plan's output folder
 *
 * A table with a row for each artifact and a column for each picture. One file
 * that needs no server and no network; without scripts the pictures are links.
 */
cnnviz_status gallery_write(const struct record *record, struct error *error);

/** Write up to the style's end: a page in the gallery's looks, its head left open */
void page_begin(FILE *out, const char *title);

#endif

/**
 * \file    output/gallery_table.h
 * \brief   Writes the table with a row for each artifact and a column for each picture
 */
#ifndef OUTPUT_GALLERY_TABLE_H
#define OUTPUT_GALLERY_TABLE_H

#include "output/gallery_page.h"

/** Write the table of a run, if it has pictures. */
void gallery_table(const struct gallery *gallery);

#endif

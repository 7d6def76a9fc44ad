/**
 * \file    output/gallery_page.h
 * \brief   The gallery while it is written
 */
#ifndef OUTPUT_GALLERY_PAGE_H
#define OUTPUT_GALLERY_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include "output/record.h"

/** Pictures that the table shows at once; the script turns pages of as many */
#define GALLERY_PAGE 24

struct gallery {
	FILE *out;
	const struct record *record;
	size_t page;       /* number of the file, from 0; it has pictures: */
	size_t first, end; /* from first up to end, without that */
	int64_t embedded;  /* arrays of up to this many values are in the page itself */
};

#endif

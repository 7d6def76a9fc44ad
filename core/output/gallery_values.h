/**
 * \file    output/gallery_values.h
 * \brief   Links to arrays, with the values of small ones in the page
 *
 * A page that was opened from a file may not read other files, so the script can show
 * the values under the pointer at once only where the page has them.
 */
#ifndef OUTPUT_GALLERY_VALUES_H
#define OUTPUT_GALLERY_VALUES_H

#include "output/gallery_page.h"

/**
 * \brief   The number of values up to which a page's maps are embedded
 *
 * Maps of one size are all embedded or none, the smallest sizes first, until the page
 * would grow too much.
 */
int64_t gallery_values_limit(const struct gallery *gallery);

/** The artifact that has the values that a picture shows, or NULL; borrowed */
const struct record_artifact *gallery_values_of(const struct gallery *gallery,
		const struct record_artifact *picture);

/** Write the address of an artifact's array: its path, and of a pack "#row=" and the row. */
void gallery_values_address(FILE *out, const struct record_artifact *artifact);

/** Write a link to an artifact's array: its file, or the numbers behind a drawing. */
void gallery_values_link(const struct gallery *gallery,
		const struct record_artifact *artifact, const char *text);

#endif

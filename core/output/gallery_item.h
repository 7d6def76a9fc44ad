/**
 * \file    output/gallery_item.h
 * \brief   Writes one artifact, or a series of them, for the gallery
 */
#ifndef OUTPUT_GALLERY_ITEM_H
#define OUTPUT_GALLERY_ITEM_H

#include "output/gallery_group.h"
#include "output/gallery_page.h"

/** Write the row's header: the name, and its summary from the technique's table. */
void gallery_item_label(const struct gallery *gallery, const struct plan_job *job,
		const struct gallery_item *item);

/** Write a summary as an HTML attribute. */
void gallery_item_title(FILE *out, const char *title);

/** Write the artifacts of an item from `place` on that have one picture. */
void gallery_item_cell(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range, size_t place);

/** Write a card with all artifacts of an item, for a job without a picture. */
void gallery_item_card(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range);

#endif

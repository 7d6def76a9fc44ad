/**
 * \file    output/gallery_item.h
 * \brief   Writes one artifact, or a series of them, for the gallery
 */
#ifndef OUTPUT_GALLERY_ITEM_H
#define OUTPUT_GALLERY_ITEM_H

#include <stdio.h>

#include "output/record.h"

/** A job's artifacts in the sorted record */
struct range {
	size_t start, end;
};

struct range gallery_item_range(const struct record *record, const struct plan_job *job);

/**
 * One row of the table, or one card: the artifacts with a name, one for each picture;
 * or a series such as step-10, step-20, ..., small and side by side
 */
struct gallery_item {
	const char *name; /* borrowed; for a series longer than its base */
	size_t length;    /* length of the base */
	enum record_kind kind;
	bool series;
};

/**
 * \brief   List the items of a job's artifacts, in order of their first artifact
 *
 * \return  Array of count items, to be freed
 */
struct gallery_item *gallery_item_list(const struct record *record, struct range range,
		size_t *count);

/** Whether an artifact belongs to an item */
bool gallery_item_has(const struct gallery_item *item,
		const struct record_artifact *artifact);

/** Write the row's header: the name, and its summary from the technique's table */
void gallery_item_label(FILE *out, const struct plan_job *job,
		const struct gallery_item *item);

/** Write a summary as an HTML attribute */
void gallery_item_title(FILE *out, const char *title);

/** Write a cell with the artifacts of an item from `place` on that have one picture */
void gallery_item_cell(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range, size_t place);

/** Write a card with all artifacts of an item, for a job without a picture */
void gallery_item_card(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range);

/** Write the network's view of a picture */
void gallery_item_input(FILE *out, const struct record *record, size_t picture);

/** Format a probability: "97.3%", "<0.1%" */
void gallery_item_share(double probability, char *text, size_t size);

#endif

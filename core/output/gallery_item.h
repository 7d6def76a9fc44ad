/**
 * \file    output/gallery_item.h
 * \brief   How the gallery shows one artifact, or a series of them
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
 * What stands in one row of the table, or on one card: the artifacts of a name, one
 * for each picture; or of a series such as step-10, step-20, ..., small beside each
 * other
 */
struct gallery_item {
	const char *name; /* borrowed; of a series more than its base */
	size_t length;    /* of what counts of it */
	enum record_kind kind;
	bool series;
};

/**
 * \brief   Items of a job's artifacts in the order of their first
 *
 * \return  count of them, to be freed
 */
struct gallery_item *gallery_item_list(const struct record *record, struct range range,
		size_t *count);

/** Whether an artifact belongs to an item */
bool gallery_item_has(const struct gallery_item *item,
		const struct record_artifact *artifact);

/** The row's head: the name, and what the technique's table says of it */
void gallery_item_label(FILE *out, const struct plan_job *job,
		const struct gallery_item *item);

/** What the technique's table says, as an attribute */
void gallery_item_title(FILE *out, const char *title);

/** A cell with the artifacts of an item from place on that are of one picture */
void gallery_item_cell(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range, size_t place);

/** A card with all artifacts of an item, for a job without a picture */
void gallery_item_card(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range);

/** The network's view of a picture */
void gallery_item_input(FILE *out, const struct record *record, size_t picture);

/** A probability: "97.3%", "<0.1%" */
void gallery_item_share(double probability, char *text, size_t size);

#endif

/**
 * \file    output/gallery_group.h
 * \brief   Groups a job's artifacts into rows or cards of the gallery
 */
#ifndef OUTPUT_GALLERY_GROUP_H
#define OUTPUT_GALLERY_GROUP_H

#include "output/record.h"

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
 * \brief   List the items of a job's artifacts: pictures, then arrays, numbers, curves
 *
 * Items of one kind are in order of their first artifact.
 *
 * \return  Array of count items, to be freed
 */
struct gallery_item *gallery_group_list(const struct record *record,
		struct record_span range, size_t *count);

/** Whether an artifact is shown as a picture: it is of such a kind, and has been drawn */
bool gallery_group_is_picture(const struct record_artifact *artifact);

/** Whether an artifact belongs to an item */
bool gallery_group_has(const struct gallery_item *item,
		const struct record_artifact *artifact);

#endif

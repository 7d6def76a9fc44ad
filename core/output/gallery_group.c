/**
 * \file    output/gallery_group.c
 * \brief   Groups a job's artifacts into rows or cards of the gallery
 */
#include "output/gallery_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** This many artifacts with the same base name form a series */
#define SERIES_MIN 4

static size_t base_length(const char *name)
{
	return strcspn(name, "-");
}

/** Whether one of the pictures has a series with an artifact's base name and type */
static bool in_series(const struct record *record, struct record_span range,
		const struct record_artifact *artifact)
{
	const struct gallery_item base = {
		.name = artifact->name,
		.length = base_length(artifact->name),
		.kind = artifact->kind,
		.series = true,
	};
	size_t found = 0;

	for (size_t i = range.start; i < range.end && found < SERIES_MIN; i++) {
		if (i > range.start
				&& record->artifacts[i].picture
						!= record->artifacts[i - 1].picture) {
			found = 0;
		}
		found += gallery_group_has(&base, &record->artifacts[i]);
	}
	return found == SERIES_MIN;
}

bool gallery_group_has(const struct gallery_item *item,
		const struct record_artifact *artifact)
{
	char end;

	if (item->kind != artifact->kind
			|| strncmp(item->name, artifact->name, item->length) != 0) {
		return false;
	}
	end = artifact->name[item->length];
	return end == '\0' || (item->series && end == '-');
}

bool gallery_group_is_picture(const struct record_artifact *artifact)
{
	return artifact->path != NULL && artifact->path != record_array_path(artifact);
}

/** Results first: what can be seen, what it is made of, numbers, how it was reached */
static int order(enum record_kind kind)
{
	switch (kind) {
	case RECORD_IMAGE:
	case RECORD_ANIMATION:
	case RECORD_LABELS:
		return 0;
	case RECORD_MAP:
	case RECORD_ARRAY:
		return 1;
	case RECORD_SCALAR:
		return 2;
	case RECORD_CURVE:
	default:
		return 3;
	}
}

/** Insert an item behind all those that do not come after it. */
static void insert(struct gallery_item *list, size_t count, struct gallery_item item)
{
	while (count > 0 && order(list[count - 1].kind) > order(item.kind)) {
		list[count] = list[count - 1];
		count--;
	}
	list[count] = item;
}

struct gallery_item *gallery_group_list(const struct record *record,
		struct record_span range, size_t *count)
{
	struct gallery_item *list = memory_new(range.end - range.start + 1,
			sizeof(*list));

	*count = 0;
	for (size_t i = range.start; i < range.end; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];
		size_t known = 0;

		while (known < *count && !gallery_group_has(&list[known], artifact)) {
			known++;
		}
		if (known < *count) {
			continue;
		}
		bool series = in_series(record, range, artifact);
		struct gallery_item item = {
			.name = artifact->name,
			.kind = artifact->kind,
			.series = series,
			.length = series ? base_length(artifact->name)
					 : strlen(artifact->name),
		};

		insert(list, (*count)++, item);
	}
	return list;
}

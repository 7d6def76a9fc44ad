/**
 * \file    graph/name_index.c
 * \brief   Numbers by name, for networks of many layers
 */
#include "graph/name_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** FNV-1a */
static uint64_t hash(const char *name)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++) {
		value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
	}
	return value;
}

/** The slot of a name, or the free one where it belongs; there is a free one */
static struct name_index_slot *slot_of(const struct name_index *index, const char *name)
{
	size_t at = (size_t)hash(name) & (index->size - 1);

	while (index->slots[at].name != NULL
			&& strcmp(index->slots[at].name, name) != 0) {
		at = (at + 1) & (index->size - 1);
	}
	return &index->slots[at];
}

static void grow(struct name_index *index)
{
	struct name_index larger = {
		.size = index->size > 0 ? 2 * index->size : 64,
		.count = index->count,
	};

	larger.slots = memory_new(larger.size, sizeof(*larger.slots));
	for (size_t i = 0; i < index->size; i++) {
		if (index->slots[i].name != NULL) {
			*slot_of(&larger, index->slots[i].name) = index->slots[i];
		}
	}
	free(index->slots);
	*index = larger;
}

int64_t *name_index_find(const struct name_index *index, const char *name)
{
	struct name_index_slot *slot = index->size > 0 ? slot_of(index, name) : NULL;

	return slot != NULL && slot->name != NULL ? &slot->number : NULL;
}

int64_t *name_index_add(struct name_index *index, const char *name, bool *known)
{
	struct name_index_slot *slot;

	if (2 * index->count >= index->size) {
		grow(index);
	}
	slot = slot_of(index, name);
	if (known != NULL) {
		*known = slot->name != NULL;
	}
	if (slot->name == NULL) {
		slot->name = memory_text(name);
		index->count++;
	}
	return &slot->number;
}

void name_index_free(struct name_index *index)
{
	for (size_t i = 0; i < index->size; i++) {
		free(index->slots[i].name);
	}
	free(index->slots);
	*index = (struct name_index){ 0 };
}

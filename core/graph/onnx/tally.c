/**
 * \file    graph/onnx/tally.c
 * \brief   What a file needs that cnnviz does not have, all at once
 */
#include "graph/onnx/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void tally_add(struct tally *tally, const char *operator, const char * clause,
		const char *node)
{
	char *what = memory_format("%s%s%s", operator, clause[0] != '\0' ? " " : "",
			clause);

	for (size_t i = 0; i < tally->count; i++) {
		if (strcmp(tally->items[i].what, what) == 0) {
			tally->items[i].count++;
			free(what);
			return;
		}
	}
	tally->items = memory_resize(tally->items, tally->count + 1,
			sizeof(*tally->items));
	tally->items[tally->count++] = (struct tally_item){
		.what = what,
		.first = memory_text(node),
		.count = 1,
	};
}

char *tally_text(const struct tally *tally)
{
	char *text = memory_text("");

	for (size_t i = 0; i < tally->count; i++) {
		const struct tally_item *item = &tally->items[i];
		char *longer = memory_format("%s%s%zu %s (%s%s)", text, i > 0 ? ", " : "",
				item->count, item->what,
				item->count > 1 ? "the first at " : "at ", item->first);

		free(text);
		text = longer;
	}
	return text;
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		free(tally->items[i].what);
		free(tally->items[i].first);
	}
	free(tally->items);
	*tally = (struct tally){ NULL, 0 };
}

/**
 * \file    output/journal_read.c
 * \brief   Reads the journal of a run that was ended, line by line
 */
#include "output/journal_read.h"

#include <string.h>

#include "base/json.h"
#include "base/lines.h"

/** Far more than any part of a record needs, as between processes */
#define LONGEST_LINE ((size_t)4 << 20)

static bool is_list(const struct manifest_visitor *visitor, const char *name)
{
	const char *const *list = visitor->lists;

	while (*list != NULL && strcmp(*list, name) != 0) {
		list++;
	}
	return *list != NULL;
}

static cnnviz_status visit_value(const struct manifest_visitor *visitor, const char *name,
		const json_t *value, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (!json_is_array(value) || !is_list(visitor, name)) {
		return visitor->member(visitor->context, name, value, error);
	}
	for (size_t i = 0; i < json_array_size(value) && status == CNNVIZ_OK; i++) {
		status = visitor->item(visitor->context, name, i,
				json_array_get(value, i), error);
	}
	return status;
}

static void visit_line(void *context, char *text, size_t length)
{
	const struct manifest_visitor *visitor = context;
	json_t *line = json_parse(text, length, JSON_REJECT_DUPLICATES, NULL);
	cnnviz_status status = CNNVIZ_OK;
	struct error error;
	const char *name;
	json_t *value;

	json_object_foreach(line, name, value)
	{
		status = status == CNNVIZ_OK ? visit_value(visitor, name, value, &error)
					     : status;
	}
	json_decref(line);
}

void journal_read(FILE *file, const struct manifest_visitor *visitor)
{
	struct lines lines = { .longest = LONGEST_LINE,
		.line = visit_line,
		.context = (void *)(uintptr_t)visitor };
	char piece[65536];
	size_t length;
	bool going = true;

	while (going && (length = fread(piece, 1, sizeof(piece), file)) > 0) {
		going = lines_feed(&lines, piece, length);
	}
	lines_finish(&lines);
}

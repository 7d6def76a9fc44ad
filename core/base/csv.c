/**
 * \file    base/csv.c
 * \brief   Reads comma-separated values, as RFC 4180 describes them
 */
#include "base/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void csv_record_clear(struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		free(record->fields[i]);
	}
	free(record->fields);
	*record = (struct csv_record){ 0 };
}

/** Takes ownership of text. */
static void add_field(struct csv_record *record, char *text)
{
	record->fields = memory_resize(record->fields, record->count + 2,
			sizeof(*record->fields));
	record->fields[record->count++] = text;
	record->fields[record->count] = NULL;
}

/** Number of bytes before the first of some characters, or before the end */
static size_t span(const struct csv *csv, const char *stops)
{
	size_t length = 0;

	while (csv->at + length < csv->end && strchr(stops, csv->at[length]) == NULL) {
		length++;
	}
	return length;
}

static void skip_blanks(struct csv *csv)
{
	while (csv->at < csv->end && *csv->at != '\n' && text_is_space(*csv->at)) {
		csv->at++;
	}
}

static bool at_character(const struct csv *csv, char c)
{
	return csv->at < csv->end && *csv->at == c;
}

/** The text of a field after its first quote, and past the last; NULL if there is none */
static char *read_quoted(struct csv *csv)
{
	const char *stop = csv->at;
	size_t length = 0;
	char *text;

	while (stop < csv->end
			&& (*stop != '"' || (stop + 1 < csv->end && stop[1] == '"'))) {
		stop += *stop == '"' ? 2 : 1;
	}
	if (stop == csv->end) {
		return NULL;
	}
	text = memory_new((size_t)(stop - csv->at) + 1, 1);
	for (; csv->at < stop; csv->at++) {
		csv->at += *csv->at == '"';
		csv->line += *csv->at == '\n';
		text[length++] = *csv->at;
	}
	csv->at++;
	return text;
}

static cnnviz_status read_field(struct csv *csv, struct csv_record *record,
		struct error *error)
{
	size_t length;
	char *text;

	skip_blanks(csv);
	if (!at_character(csv, '"')) {
		length = span(csv, ",\n");
		add_field(record, text_trimmed(csv->at, length));
		csv->at += length;
		return CNNVIZ_OK;
	}
	csv->at++;
	text = read_quoted(csv);
	if (text == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a double quote is not closed; write one that belongs to "
				"a value twice");
	}
	add_field(record, text);
	skip_blanks(csv);
	if (csv->at < csv->end && *csv->at != ',' && *csv->at != '\n') {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"there is text after the closing quote of \"%s\"; put "
				"the whole value in double quotes, and write each quote "
				"in it twice",
				text);
	}
	return CNNVIZ_OK;
}

bool csv_next(struct csv *csv, struct csv_record *record, struct error *error)
{
	csv_record_clear(record);
	skip_blanks(csv);
	while (at_character(csv, '\n') || at_character(csv, '#')) {
		csv->at += span(csv, "\n");
		csv->line += csv->at < csv->end;
		csv->at += csv->at < csv->end;
		skip_blanks(csv);
	}
	*error = (struct error){ .status = CNNVIZ_OK };
	record->line = csv->line;
	while (csv->at < csv->end) {
		if (read_field(csv, record, error) != CNNVIZ_OK) {
			csv->at = csv->end;
			return false;
		}
		if (!at_character(csv, ',')) {
			break;
		}
		csv->at++;
		if (csv->at == csv->end) {
			add_field(record, memory_text("")); /* after a last comma */
		}
	}
	csv->line += csv->at < csv->end;
	csv->at += csv->at < csv->end;
	return record->count > 0;
}

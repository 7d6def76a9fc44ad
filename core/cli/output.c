/**
 * \file    cli/output.c
 * \brief   Prints problems, tables and JSON
 */
#include "config.h" /* _GNU_SOURCE */

#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

/* ---- Text ------------------------------------------------------------------ */

void table_print(struct table *table)
{
	table_write(table, stdout);
	table_free(table);
}

void print_wrapped(const char *text, int indent)
{
	int column = 0;

	while (*text != '\0') {
		size_t space = strspn(text, " \t\n");
		size_t length = strcspn(text + space, " \t\n");
		text += space;
		if (length == 0) {
			break;
		}
		if (column > 0 && column + 1 + (int)length > 78) {
			putchar('\n');
			column = 0;
		}
		column += printf("%*s%.*s", column == 0 ? indent : 1, "", (int)length,
				text);
		text += length;
	}
	if (column > 0) {
		putchar('\n');
	}
}

/* ---- JSON --------------------------------------------------------------------- */

/* Length of the longest valid UTF-8 prefix of a text, up to length bytes */
static size_t utf8_prefix(const char *text, size_t length)
{
	size_t good = 0;

	while (good < length) {
		unsigned char first = (unsigned char)text[good];
		size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
		json_t *json = size <= length - good ? json_stringn(text + good, size)
						     : NULL;
		if (json == NULL) {
			break;
		}
		json_decref(json);
		good += size;
	}
	return good;
}

json_t *json_text(const char *text)
{
	json_t *json = text != NULL ? json_string(text) : json_null();

	if (json != NULL) {
		return json;
	}
	size_t length = strlen(text);
	char *clean = memory_new(3 * length + 1, 1);
	char *end = clean;
	while (length > 0) {
		size_t good = utf8_prefix(text, length);
		memcpy(end, text, good);
		end += good;
		if (good < length) {
			memcpy(end, "\xEF\xBF\xBD", 3);
			end += 3;
			good++;
		}
		text += good;
		length -= good;
	}
	json = json_stringn(clean, (size_t)(end - clean));
	free(clean);
	return json;
}

void json_print(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

/* ---- Problems ------------------------------------------------------------------- */

void problems_print(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *sentence = problem_sentence(&problems->items[i]);
		log_write(LOG_LEVEL_ERROR, "%s",
				sentence != NULL ? sentence : problems->items[i].text);
		free(sentence);
	}
}

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

void json_print(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

/* ---- Problems ------------------------------------------------------------------ */

void problems_print(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *sentence = problem_sentence(&problems->items[i]);
		log_write(LOG_LEVEL_ERROR, "%s",
				sentence != NULL ? sentence : problems->items[i].text);
		free(sentence);
	}
}

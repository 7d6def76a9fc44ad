/**
 * \file    base/table.c
 * \brief   Text in aligned columns
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/table.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"

void table_start(struct table *table, size_t columns, unsigned right)
{
	*table = (struct table){ .columns = columns, .right = right };
}

void table_add(struct table *table, const char *format, ...)
{
	va_list arguments;
	char *cell = NULL;

	va_start(arguments, format);
	int length = vasprintf(&cell, format, arguments);
	va_end(arguments);
	table->cells = memory_resize(table->cells, table->count + 1,
			sizeof(*table->cells));
	table->cells[table->count++] = length >= 0 ? cell : memory_text("");
}

/* Width in characters: bytes that continue a UTF-8 sequence do not count. */
static int text_width(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++) {
		width += ((unsigned char)*text & 0xC0) != 0x80;
	}
	return width;
}

static int column_width(const struct table *table, size_t column)
{
	int widest = 0;

	for (size_t i = column; i < table->count; i += table->columns) {
		int width = text_width(table->cells[i]);
		widest = width > widest ? width : widest;
	}
	return widest;
}

static void write_cell(FILE *stream, const char *cell, int width, bool right, bool last)
{
	int padding = width - text_width(cell);

	if (right) {
		fprintf(stream, "%*s%s%s", padding, "", cell, last ? "\n" : "  ");
	} else if (last) {
		fprintf(stream, "%s\n", cell);
	} else {
		fprintf(stream, "%s%*s", cell, padding + 2, "");
	}
}

void table_write(const struct table *table, FILE *stream)
{
	int *widths = memory_new(table->columns, sizeof(*widths));

	for (size_t column = 0; column < table->columns; column++) {
		widths[column] = column_width(table, column);
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		write_cell(stream, table->cells[i], widths[column],
				(table->right >> column & 1) != 0,
				column + 1 == table->columns);
	}
	free(widths);
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->cells[i]);
	}
	free(table->cells);
	*table = (struct table){ 0 };
}

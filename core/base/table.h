/**
 * \file    base/table.h
 * \brief   Text in aligned columns
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include <cnnviz/host.h>

/** Cells, row by row, that are written in aligned columns. */
struct table {
	size_t columns;
	unsigned right; /* bit i: column i is right-aligned */
	char **cells;
	size_t count;
};

/** Start a table; bit i of right makes column i right-aligned. */
void table_start(struct table *table, size_t columns, unsigned right);
/** Append a cell, row by row. */
void table_add(struct table *table, const char *format, ...) CNNVIZ_PRINTF(2, 3);
/** Write all rows; the table keeps them. */
void table_write(const struct table *table, FILE *stream);
void table_free(struct table *table);

#endif

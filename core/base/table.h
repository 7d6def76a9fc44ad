/**
 * \file    base/table.h
 * \brief   Texts in aligned columns
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include <cnnviz/host.h>

/** Rows of texts that are written in aligned columns; zero-initialize. */
struct table {
	size_t columns;
	unsigned right; /* bit i: column i is set flush right */
	char **cells;
	size_t count;
};

/** Start a table; right has bit i set for a column that is set flush right. */
void table_start(struct table *table, size_t columns, unsigned right);
/** Append a cell, row by row. */
void table_add(struct table *table, const char *format, ...) CNNVIZ_PRINTF(2, 3);
/** Write all rows; the table stays. */
void table_write(const struct table *table, FILE *stream);
void table_free(struct table *table);

#endif

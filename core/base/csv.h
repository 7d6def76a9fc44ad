/**
 * \file    base/csv.h
 * \brief   Reads comma-separated values, as RFC 4180 describes them
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/error.h"

/** A text being read; set at, end and line = 1 */
struct csv {
	const char *at;
	const char *end;
	int line; /* number of the line at which `at` is */
};

/** One record */
struct csv_record {
	char **fields; /* count, then a NULL */
	size_t count;
	int line; /* its first */
};

/**
 * \brief   Read the next record, after empty lines and those that start with #
 *
 * A field in double quotes may have commas, line breaks and doubled quotes; white space
 * around other fields, and around the quotes, does not count. Lines end in LF or CRLF.
 * A text without NUL.
 *
 * \param   record  Zero, or the one before, which is freed
 *
 * \return  false after the last record, and on an error, which ends the reading. Errors
 *          are clauses without the line: a quote that is not closed, text behind one.
 */
bool csv_next(struct csv *csv, struct csv_record *record, struct error *error);

/** Free the contents of a record. */
void csv_record_clear(struct csv_record *record);

#endif

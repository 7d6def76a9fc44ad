/**
 * \file    weights/zip.h
 * \brief   Lists the records of a zip archive in memory, without unpacking
 */
#ifndef WEIGHTS_ZIP_H
#define WEIGHTS_ZIP_H

#include "base/error.h"

struct zip_record {
	const unsigned char *name; /* inside the archive, without a NUL */
	size_t name_length;
	const unsigned char *data; /* its bytes, inside the archive */
	size_t size;
	bool stored; /* neither compressed nor encrypted */
};

struct zip {
	struct zip_record *records; /* sorted by name */
	size_t count;
};

/**
 * \brief   Read the central directory, zip64 included
 *
 * Errors: no or damaged directory, records outside the archive, encrypted records, two
 * records with the same name.
 */
cnnviz_status zip_read(const unsigned char *data, size_t size, struct zip *zip,
		struct error *error);

/** The record with this name, or NULL */
const struct zip_record *zip_find(const struct zip *zip, const unsigned char *name,
		size_t name_length);

/** Whether a record's name has an end */
bool zip_record_ends(const struct zip_record *record, const char *end);

void zip_free(struct zip *zip);

#endif

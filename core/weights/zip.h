/**
 * \file    weights/zip.h
 * \brief   The records of a zip archive in memory, without unpacking
 */
#ifndef WEIGHTS_ZIP_H
#define WEIGHTS_ZIP_H

#include "base/error.h"

struct zip_record {
	const unsigned char *name; /* in the archive, no NUL at its end */
	size_t name_length;
	const unsigned char *data; /* its bytes in the archive */
	size_t size;
	bool stored; /* neither compressed nor otherwise changed */
};

struct zip {
	struct zip_record *records; /* sorted by name */
	size_t count;
};

/**
 * \brief   Walk the central directory, zip64 included
 *
 * Errors: no or damaged directory, records outside of the archive, encrypted ones,
 * two of the same name.
 */
cnnviz_status zip_read(const unsigned char *data, size_t size, struct zip *zip,
		struct error *error);

/** By whole name; NULL when there is none */
const struct zip_record *zip_find(const struct zip *zip, const unsigned char *name,
		size_t name_length);

void zip_free(struct zip *zip);

#endif

/**
 * \file    fuzz/fuzz_zip.c
 * \brief   Any bytes as a zip archive: an error or records inside of it, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include "weights/zip.h"

/** Abort unless bytes lie within the archive. */
static void check_inside(const uint8_t *data, size_t size, const unsigned char *bytes,
		size_t length)
{
	if (bytes < data || length > size || (size_t)(bytes - data) > size - length) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zip zip = { NULL, 0 };
	struct error error = { CNNVIZ_OK, "" };
	cnnviz_status status = zip_read(data, size, &zip, &error);

	fuzz_check_error(status, &error);
	for (size_t i = 0; i < zip.count; i++) {
		const struct zip_record *record = &zip.records[i];

		check_inside(data, size, record->name, record->name_length);
		check_inside(data, size, record->data, record->size);
		if (zip_find(&zip, record->name, record->name_length) != record) {
			abort();
		}
	}
	zip_free(&zip);
	return 0;
}

/**
 * \file    weights/zip.c
 * \brief   Lists the records of a zip archive in memory, without unpacking
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.9. Checksums are not verified: that would read every
 * byte, and nothing later depends on them.
 */
#include "weights/zip.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "weights/bytes.h"

#define END_SIZE 22
#define END_COMMENT_MAX 65535
#define END64_SIZE 56
#define END64_LOCATOR_SIZE 20
#define CENTRAL_SIZE 46
#define LOCAL_SIZE 30

struct directory {
	uint64_t offset;
	uint64_t size;
};

static cnnviz_status damaged(struct error *error, const char *what)
{
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"the zip archive is truncated or damaged: %s", what);
}

static const unsigned char *find_end(const unsigned char *data, size_t size)
{
	size_t lowest;

	if (size < END_SIZE) {
		return NULL;
	}
	lowest = size > END_SIZE + END_COMMENT_MAX ? size - END_SIZE - END_COMMENT_MAX
						   : 0;
	for (size_t at = size - END_SIZE + 1; at > lowest; at--) {
		if (memcmp(data + at - 1, "PK\5\6", 4) == 0) {
			return data + at - 1;
		}
	}
	return NULL;
}

/** Read the 64-bit end record, if the locator before the end record points to one */
static cnnviz_status read_end64(const unsigned char *data, const unsigned char *end,
		struct directory *directory, struct error *error)
{
	size_t before = (size_t)(end - data);
	const unsigned char *finder;
	uint64_t at;

	if (before < END64_LOCATOR_SIZE
			|| memcmp(end - END64_LOCATOR_SIZE, "PK\6\7", 4) != 0) {
		return CNNVIZ_OK;
	}
	finder = end - END64_LOCATOR_SIZE;
	at = bytes_number(finder + 8, 8);
	if (before < END64_SIZE || at > before - END64_SIZE
			|| memcmp(data + at, "PK\6\6", 4) != 0) {
		return damaged(error, "its 64-bit end record is missing");
	}
	directory->size = bytes_number(data + at + 40, 8);
	directory->offset = bytes_number(data + at + 48, 8);
	return CNNVIZ_OK;
}

static cnnviz_status find_directory(const unsigned char *data, size_t size,
		struct directory *directory, struct error *error)
{
	const unsigned char *end = find_end(data, size);
	cnnviz_status status;

	if (end == NULL) {
		return damaged(error, "its directory at the end is missing");
	}
	directory->size = bytes_number(end + 12, 4);
	directory->offset = bytes_number(end + 16, 4);
	status = read_end64(data, end, directory, error);
	if (status == CNNVIZ_OK
			&& (directory->offset > size
					|| directory->size > size - directory->offset)) {
		return damaged(error, "its directory is beyond the end");
	}
	return status;
}

struct sizes {
	uint64_t size;
	uint64_t packed;
	uint64_t offset;
};

/** Read the 64-bit numbers that replace 32-bit numbers with all bits set */
static cnnviz_status read_extra64(const unsigned char *extra, size_t length,
		struct sizes *sizes, struct error *error)
{
	uint64_t *const numbers[] = { &sizes->size, &sizes->packed, &sizes->offset };

	while (length >= 4) {
		size_t id = (size_t)bytes_number(extra, 2);
		size_t left = (size_t)bytes_number(extra + 2, 2);

		extra += 4;
		length -= 4;
		if (left > length) {
			return damaged(error, "a record's extra field is truncated");
		}
		for (size_t i = 0; id == 1 && i < 3; i++) {
			if (*numbers[i] == UINT32_MAX && left >= 8) {
				*numbers[i] = bytes_number(extra, 8);
				extra += 8;
				length -= 8;
				left -= 8;
			}
		}
		extra += left;
		length -= left;
	}
	return CNNVIZ_OK;
}

/** Find a record's bytes, after its local header */
static cnnviz_status find_data(const unsigned char *data, size_t size,
		const struct sizes *sizes, struct zip_record *record, struct error *error)
{
	const unsigned char *local;
	size_t skip;
	size_t left;

	if (size < LOCAL_SIZE || sizes->offset > size - LOCAL_SIZE
			|| memcmp(data + sizes->offset, "PK\3\4", 4) != 0) {
		return damaged(error, "a record is not where its directory says");
	}
	local = data + sizes->offset;
	skip = LOCAL_SIZE + (size_t)bytes_number(local + 26, 2)
			+ (size_t)bytes_number(local + 28, 2);
	left = size - (size_t)sizes->offset;
	if (skip > left || sizes->packed > left - skip) {
		return damaged(error, "a record extends beyond the end");
	}
	record->data = local + skip;
	record->size = (size_t)sizes->packed;
	return CNNVIZ_OK;
}

static cnnviz_status read_record(const unsigned char *data, size_t size,
		const unsigned char *entry, struct zip_record *record,
		struct error *error)
{
	size_t name_length = (size_t)bytes_number(entry + 28, 2);
	size_t extra_length = (size_t)bytes_number(entry + 30, 2);
	struct sizes sizes = {
		.packed = bytes_number(entry + 20, 4),
		.size = bytes_number(entry + 24, 4),
		.offset = bytes_number(entry + 42, 4),
	};
	char name[100];
	cnnviz_status status;

	record->name = entry + CENTRAL_SIZE;
	record->name_length = name_length;
	bytes_printable(record->name, name_length, name, sizeof(name));
	if ((bytes_number(entry + 8, 2) & 1) != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the zip archive's record \"%s\" is encrypted; decrypt "
				"the archive first",
				name);
	}
	status = read_extra64(record->name + name_length, extra_length, &sizes, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	record->stored = bytes_number(entry + 10, 2) == 0 && sizes.packed == sizes.size;
	return find_data(data, size, &sizes, record, error);
}

static int compare_records(const void *a, const void *b)
{
	const struct zip_record *x = a;
	const struct zip_record *y = b;
	size_t shorter = x->name_length < y->name_length ? x->name_length
							 : y->name_length;
	int order = memcmp(x->name, y->name, shorter);

	return order != 0 ? order
			  : (x->name_length > y->name_length)
					- (x->name_length < y->name_length);
}

static cnnviz_status sort_records(struct zip *zip, struct error *error)
{
	char name[100];

	if (zip->count < 2) {
		return CNNVIZ_OK;
	}
	qsort(zip->records, zip->count, sizeof(*zip->records), compare_records);
	for (size_t i = 1; i < zip->count; i++) {
		if (compare_records(&zip->records[i - 1], &zip->records[i]) == 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"the zip archive has two records named \"%s\"",
					bytes_printable(zip->records[i].name,
							zip->records[i].name_length, name,
							sizeof(name)));
		}
	}
	return CNNVIZ_OK;
}

/** Read the directory's records into an array that has room for them, up to the limit */
static cnnviz_status read_records(const unsigned char *data, size_t size,
		const struct directory *directory, struct zip *zip, struct error *error)
{
	const unsigned char *entry = data + directory->offset;
	size_t left = (size_t)directory->size;
	cnnviz_status status = CNNVIZ_OK;

	while (status == CNNVIZ_OK && left >= CENTRAL_SIZE
			&& memcmp(entry, "PK\1\2", 4) == 0) {
		size_t length = CENTRAL_SIZE + (size_t)bytes_number(entry + 28, 2)
				+ (size_t)bytes_number(entry + 30, 2)
				+ (size_t)bytes_number(entry + 32, 2);

		if (length > left) {
			return damaged(error, "its directory is truncated");
		}
		status = limit_check(LIMIT_ZIP_ENTRIES, zip->count + 1, error,
				"the zip archive has");
		if (status == CNNVIZ_OK) {
			status = read_record(data, size, entry,
					&zip->records[zip->count++], error);
		}
		entry += length;
		left -= length;
	}
	if (status == CNNVIZ_OK && left > 0) {
		status = damaged(error,
				"its directory has an entry that is not a record");
	}
	return status;
}

cnnviz_status zip_read(const unsigned char *data, size_t size, struct zip *zip,
		struct error *error)
{
	struct directory directory = { 0, 0 };
	struct zip result = { NULL, 0 };
	cnnviz_status status = find_directory(data, size, &directory, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	/* No more than fit into the directory, whatever it says */
	size_t most = (size_t)limit_get(LIMIT_ZIP_ENTRIES);
	size_t fitting = (size_t)directory.size / CENTRAL_SIZE;

	result.records = calloc((fitting < most ? fitting : most) + 1,
			sizeof(*result.records));
	if (result.records == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to read the zip archive's directory");
	}
	status = read_records(data, size, &directory, &result, error);
	if (status == CNNVIZ_OK) {
		status = sort_records(&result, error);
	}
	if (status != CNNVIZ_OK) {
		zip_free(&result);
		return status;
	}
	*zip = result;
	return CNNVIZ_OK;
}

const struct zip_record *zip_find(const struct zip *zip, const unsigned char *name,
		size_t name_length)
{
	const struct zip_record key = { .name = name, .name_length = name_length };

	return bsearch(&key, zip->records, zip->count, sizeof(key), compare_records);
}

bool zip_record_ends(const struct zip_record *record, const char *end)
{
	size_t length = strlen(end);

	return record->name_length >= length
			&& memcmp(record->name + record->name_length - length, end,
					   length)
			== 0;
}

void zip_free(struct zip *zip)
{
	free(zip->records);
	*zip = (struct zip){ NULL, 0 };
}

/**
 * \file    output/whole.c
 * \brief   Whether a file of an earlier run is there, from its beginning to its end
 */
#include "config.h"

#include "output/whole.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/folder.h"
#include "base/npy.h"

/** Longer than the header of any array that a run writes */
#define HEADER_MOST 4096
/** Bytes before the header: magic string, version, its length */
#define PREFIX 10

/* ---- Arrays --------------------------------------------------------------------- */

/** An array's file, by what is before its elements */
struct array {
	uint64_t start; /* of the elements */
	uint64_t count; /* first extent */
	uint64_t row;   /* bytes of what has that index */
};

/** Read the extents from the text of the header, behind 'shape': (2, 3) or (2,) */
static bool read_extents(const char *text, struct array *array)
{
	const char *at = strstr(text, "'shape': (");
	char *end = NULL;
	bool first = true;

	array->count = 1;
	array->row = sizeof(float);
	if (at == NULL) {
		return false;
	}
	at += strlen("'shape': (");
	while (*at != ')') {
		unsigned long long extent = strtoull(at, &end, 10);

		if (end == at
				|| (!first
						&& __builtin_mul_overflow(array->row,
								extent, &array->row))) {
			return false;
		}
		array->count = first ? extent : array->count;
		first = false;
		at = end + strspn(end, ", ");
	}
	return true;
}

static bool read_array(FILE *file, struct array *array)
{
	unsigned char prefix[PREFIX];
	char header[HEADER_MOST + 1];

	if (fread(prefix, 1, PREFIX, file) != PREFIX
			|| memcmp(prefix, NPY_MAGIC, NPY_MAGIC_SIZE) != 0) {
		return false;
	}
	size_t length = prefix[8] | (size_t)prefix[9] << 8;

	if (length > HEADER_MOST || fread(header, 1, length, file) != length) {
		return false;
	}
	header[length] = '\0';
	array->start = PREFIX + length;
	return read_extents(header, array);
}

/** Whether the first so many rows of an array lie in a file; exactly: nothing else does */
static bool has_rows(const struct array *array, uint64_t count, uint64_t size,
		bool exactly)
{
	uint64_t bytes;

	return size >= array->start && !__builtin_mul_overflow(array->row, count, &bytes)
			&& (exactly ? bytes == size - array->start
				    : bytes <= size - array->start);
}

static bool is_whole_array(FILE *file, uint64_t size)
{
	struct array array;

	return read_array(file, &array) && has_rows(&array, array.count, size, true);
}

/* ---- Marks ---------------------------------------------------------------------- */

/** How files of a kind begin and end */
static const struct marks {
	const char *extension;
	const char *first, *last;
	size_t first_size, last_size;
} marks[] = {
	{ ".png", "\x89PNG\r\n\x1a\n", "IEND\xAE\x42\x60\x82", 8, 8 },
	{ ".jpg", "\xFF\xD8", "\xFF\xD9", 2, 2 },
	{ ".gif", "GIF8", ";", 4, 1 },
	{ ".svg", "<", "</svg>\n", 1, 7 },
};

static bool has_marks(FILE *file, const struct marks *kind)
{
	char first[8], last[8];

	return fread(first, 1, kind->first_size, file) == kind->first_size
			&& memcmp(first, kind->first, kind->first_size) == 0
			&& fseek(file, -(long)kind->last_size, SEEK_END) == 0
			&& fread(last, 1, kind->last_size, file) == kind->last_size
			&& memcmp(last, kind->last, kind->last_size) == 0;
}

/* ---- Files ---------------------------------------------------------------------- */

static bool is_whole(FILE *file, const char *path)
{
	const char *extension = strrchr(path, '.');
	struct stat status;

	if (extension == NULL || fstat(fileno(file), &status) != 0
			|| status.st_size <= 0) {
		return false;
	}
	if (strcmp(extension, ".npy") == 0) {
		return is_whole_array(file, (uint64_t)status.st_size);
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (strcmp(extension, marks[i].extension) == 0) {
			return has_marks(file, &marks[i]);
		}
	}
	return false;
}

bool file_is_whole(int folder, const char *path)
{
	FILE *file = folder_open_file(folder, path);
	bool whole = file != NULL && is_whole(file, path);

	if (file != NULL) {
		fclose(file);
	}
	return whole;
}

bool file_has_row(int folder, const char *path, int64_t row)
{
	FILE *file = folder_open_file(folder, path);
	struct array array;
	struct stat status;
	uint64_t index = (uint64_t)row;
	bool there = file != NULL && fstat(fileno(file), &status) == 0
			&& read_array(file, &array) && index < array.count
			&& has_rows(&array, index + 1, (uint64_t)status.st_size, false);

	if (file != NULL) {
		fclose(file);
	}
	return there;
}

/**
 * \file    base/npy.c
 * \brief   NumPy's .npy files
 *
 * Format: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * A magic string, a version, the length of a header, the header (a Python
 * dictionary literal in ASCII that ends in a newline), the elements.
 */
#include <string.h>

#include "base/file.h"
#include "base/npy.h"
#include "base/tensor.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
/** Elements start at a multiple of this many bytes. */
#define ALIGNMENT 64

/* ---- Writing ----------------------------------------------------------- */

static char byte_order(void)
{
	const uint16_t one = 1;
	unsigned char first;

	memcpy(&first, &one, 1);
	return first ? '<' : '>';
}

/** Magic string, version, length and padded dictionary */
static void write_header(FILE *stream, const cnnviz_tensor *tensor)
{
	char shape[CNNVIZ_MAX_RANK * 21 + 3];
	char header[2 * ALIGNMENT + sizeof(shape)];

	tensor_shape_text(tensor_rank(tensor), tensor_shape(tensor), shape,
			sizeof(shape));
	if (tensor_rank(tensor) == 1) {
		/* Python writes a tuple of one as (n,). */
		strcpy(strchr(shape, ')'), ",)");
	}
	int length = snprintf(header, sizeof(header),
			"{'descr': '%cf4', 'fortran_order': False, 'shape': %s, }",
			byte_order(), shape);
	size_t used = MAGIC_SIZE + 4 + (size_t)length + 1;
	size_t padding = (ALIGNMENT - used % ALIGNMENT) % ALIGNMENT;
	size_t size = (size_t)length + padding + 1;

	fwrite(MAGIC "\x01\x00", 1, MAGIC_SIZE + 2, stream);
	putc((int)(size & 0xFF), stream);
	putc((int)(size >> 8), stream);
	fprintf(stream, "%s%*s\n", header, (int)padding, "");
}

cnnviz_status npy_write(const char *path, const cnnviz_tensor *tensor,
		struct error *error)
{
	struct writer *writer;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	write_header(writer->stream, tensor);
	fwrite(tensor_data(tensor), sizeof(float), (size_t)tensor_count(tensor),
			writer->stream);
	return writer_commit(writer, error);
}

/* ---- Reading ----------------------------------------------------------- */

struct header {
	bool is_double;
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
};

/** The unread rest of the dictionary */
struct cursor {
	const char *next;
	const char *end;
};

static void skip_space(struct cursor *cursor)
{
	while (cursor->next < cursor->end && strchr(" \t\r\n", *cursor->next) != NULL) {
		cursor->next++;
	}
}

static bool accept(struct cursor *cursor, const char *token)
{
	size_t length = strlen(token);

	skip_space(cursor);
	if ((size_t)(cursor->end - cursor->next) < length
			|| memcmp(cursor->next, token, length) != 0) {
		return false;
	}
	cursor->next += length;
	return true;
}

/** A string in single or double quotes, without escapes */
static bool read_text(struct cursor *cursor, char *text, size_t size)
{
	char quote = accept(cursor, "'") ? '\'' : accept(cursor, "\"") ? '"' : '\0';
	size_t length = 0;

	if (!quote) {
		return false;
	}
	while (cursor->next < cursor->end && *cursor->next != quote) {
		if (length + 1 >= size) {
			return false;
		}
		text[length++] = *cursor->next++;
	}
	text[length] = '\0';
	return cursor->next++ < cursor->end;
}

static bool read_extent(struct cursor *cursor, int64_t *extent)
{
	const char *start;

	skip_space(cursor);
	start = cursor->next;
	*extent = 0;
	while (cursor->next < cursor->end && *cursor->next >= '0'
			&& *cursor->next <= '9') {
		if (*extent > (INT64_MAX - 9) / 10) {
			return false;
		}
		*extent = *extent * 10 + (*cursor->next++ - '0');
	}
	return cursor->next > start;
}

static bool read_shape(struct cursor *cursor, struct header *header)
{
	if (!accept(cursor, "(")) {
		return false;
	}
	header->rank = 0;
	while (!accept(cursor, ")")) {
		if (header->rank == CNNVIZ_MAX_RANK
				|| !read_extent(cursor, &header->shape[header->rank])) {
			return false;
		}
		header->rank++;
		if (!accept(cursor, ",")) {
			return accept(cursor, ")");
		}
	}
	return true;
}

/** Fill header from the dictionary; NULL or what is wrong with it */
static const char *read_dictionary(struct cursor *cursor, struct header *header)
{
	bool typed = false;
	bool ordered = false;
	bool shaped = false;
	char word[16];

	if (!accept(cursor, "{")) {
		return "has a damaged header";
	}
	while (!accept(cursor, "}")) {
		if (!read_text(cursor, word, sizeof(word)) || !accept(cursor, ":")) {
			return "has a damaged header";
		}
		if (strcmp(word, "descr") == 0) {
			typed = read_text(cursor, word, sizeof(word))
					&& (strcmp(word, "<f4") == 0
							|| strcmp(word, "<f8") == 0);
			if (!typed) {
				return "does not hold little-endian float32 or float64";
			}
			header->is_double = word[2] == '8';
		} else if (strcmp(word, "fortran_order") == 0) {
			ordered = accept(cursor, "False");
			if (!ordered) {
				return "is in Fortran order; save it with "
				       "numpy.ascontiguousarray()";
			}
		} else if (strcmp(word, "shape") == 0) {
			shaped = read_shape(cursor, header);
			if (!shaped) {
				return "has a shape that is damaged or has more than 8 "
				       "dimensions";
			}
		} else {
			return "has a damaged header";
		}
		accept(cursor, ",");
	}
	return typed && ordered && shaped ? NULL : "has an incomplete header";
}

/** Offset of the elements; problem is NULL or says what is wrong with the file */
static size_t read_header(const struct mapping *file, struct header *header,
		const char **problem)
{
	const unsigned char *data = file->data;
	size_t start;
	size_t size;

	*problem = "is not a .npy file";
	if (file->size < MAGIC_SIZE + 6 || memcmp(data, MAGIC, MAGIC_SIZE) != 0) {
		return 0;
	}
	if (data[6] == 1) {
		start = 10;
		size = data[8] | (size_t)data[9] << 8;
	} else if (data[6] == 2 || data[6] == 3) {
		start = 12;
		size = data[8] | (size_t)data[9] << 8 | (size_t)data[10] << 16
				| (size_t)data[11] << 24;
	} else {
		*problem = "is of an unknown version of the .npy format";
		return 0;
	}
	*problem = "is cut off";
	if (size > file->size - start) {
		return 0;
	}
	struct cursor cursor = {
		.next = (const char *)data + start,
		.end = (const char *)data + start + size,
	};

	*problem = read_dictionary(&cursor, header);
	return start + size;
}

static uint64_t little_endian(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++) {
		value |= (uint64_t)bytes[i] << (8 * i);
	}
	return value;
}

static void read_floats(const unsigned char *bytes, size_t count, float *values)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t bits = (uint32_t)little_endian(bytes + 4 * i, 4);

		memcpy(&values[i], &bits, sizeof(bits));
	}
}

static void read_doubles(const unsigned char *bytes, size_t count, float *values)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t bits = little_endian(bytes + 8 * i, 8);
		double value;

		memcpy(&value, &bits, sizeof(bits));
		values[i] = (float)value;
	}
}

/** Number of elements of a shape, at most `most`; 0 when the shape is not valid */
static size_t count_elements(const struct header *header, size_t most)
{
	size_t count = 1;

	for (uint32_t i = 0; i < header->rank; i++) {
		if (header->shape[i] < 1 || (uint64_t)header->shape[i] > most / count) {
			return 0;
		}
		count *= (size_t)header->shape[i];
	}
	return header->rank ? count : 0;
}

cnnviz_status npy_read(const char *path, cnnviz_tensor **tensor, struct error *error)
{
	struct mapping *file;
	struct header header = { 0 };
	const char *problem;
	char shape[CNNVIZ_MAX_RANK * 21 + 3];
	cnnviz_status status = mapping_open(path, &file, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	size_t start = read_header(file, &header, &problem);

	if (problem != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "%s %s", path, problem);
		goto done;
	}
	size_t element = header.is_double ? 8 : 4;
	size_t available = (file->size - start) / element;
	size_t count = count_elements(&header, available);

	tensor_shape_text(header.rank, header.shape, shape, sizeof(shape));
	if (count == 0) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has shape %s, which is empty or exceeds the %zu "
				"elements in the file",
				path, shape, available);
		goto done;
	}
	cnnviz_tensor *result = tensor_create(header.rank, header.shape);

	if (result == NULL) {
		status = error_set(error, CNNVIZ_ERROR_MEMORY,
				"out of memory for the array %s of %s", shape, path);
		goto done;
	}
	if (header.is_double) {
		read_doubles(file->data + start, count, tensor_mutable_data(result));
	} else {
		read_floats(file->data + start, count, tensor_mutable_data(result));
	}
	*tensor = result;
done:
	mapping_unref(file);
	return status;
}

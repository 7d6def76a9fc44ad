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
#include "base/limits.h"
#include "base/npy.h"
#include "base/tensor.h"

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

/** Number of characters of a shape as Python writes it */
#define SHAPE_SIZE (CNNVIZ_MAX_RANK * 21 + 3)

size_t npy_format_header(uint32_t rank, const int64_t *shape, size_t spare,
		char header[NPY_HEADER_SIZE])
{
	char text[SHAPE_SIZE];
	char *dictionary = header + NPY_MAGIC_SIZE + 4;
	size_t room = NPY_HEADER_SIZE - NPY_MAGIC_SIZE - 4;

	tensor_shape_text(rank, shape, text, sizeof(text));
	if (rank == 1) {
		/* Python writes a tuple of one as (n,). */
		strcpy(strchr(text, ')'), ",)");
	}
	size_t length = (size_t)snprintf(dictionary, room,
			"{'descr': '%cf4', 'fortran_order': False, 'shape': %s, }",
			byte_order(), text);
	size_t used = NPY_MAGIC_SIZE + 4 + length + spare + 1;
	size_t padding = spare + (ALIGNMENT - used % ALIGNMENT) % ALIGNMENT;
	size_t size = length + padding + 1;

	memset(dictionary + length, ' ', padding);
	dictionary[size - 1] = '\n';
	memcpy(header, NPY_MAGIC "\x01\x00", NPY_MAGIC_SIZE + 2);
	header[NPY_MAGIC_SIZE + 2] = (char)(size & 0xFF);
	header[NPY_MAGIC_SIZE + 3] = (char)(size >> 8);
	return NPY_MAGIC_SIZE + 4 + size;
}

cnnviz_status npy_put(struct writer *writer, const cnnviz_tensor *tensor,
		struct error *error)
{
	char header[NPY_HEADER_SIZE];
	size_t size = npy_format_header(tensor_rank(tensor), tensor_shape(tensor), 0,
			header);

	fwrite(header, 1, size, writer->stream);
	fwrite(tensor_data(tensor), sizeof(float), (size_t)tensor_count(tensor),
			writer->stream);
	return writer_commit(writer, error);
}

cnnviz_status npy_write(const char *path, const cnnviz_tensor *tensor,
		struct error *error)
{
	struct writer *writer;
	cnnviz_status status = writer_open(path, &writer, error);

	return status == CNNVIZ_OK ? npy_put(writer, tensor, error) : status;
}

/* ---- Reading ----------------------------------------------------------- */

struct header {
	char type[16]; /* "<f4" for little-endian float32; "another type" for a record's */
	bool fortran;  /* the first axis runs fastest */
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
			typed = read_text(cursor, header->type, sizeof(header->type));
			if (!typed) {
				return "has elements that are not numbers of one type";
			}
		} else if (strcmp(word, "fortran_order") == 0) {
			header->fortran = accept(cursor, "True");
			ordered = header->fortran || accept(cursor, "False");
			if (!ordered) {
				return "has a damaged header";
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
	if (file->size < NPY_MAGIC_SIZE + 6
			|| memcmp(data, NPY_MAGIC, NPY_MAGIC_SIZE) != 0) {
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

/** Size of an element: 4 for float32, 8 for float64, 0 for others */
static size_t element_size(const struct header *header)
{
	const char *type = header->type;

	return (type[0] != '<' && type[0] != '>') || type[1] != 'f'
					|| (type[2] != '4' && type[2] != '8')
					|| type[3] != '\0'
			? 0
			: (size_t)(type[2] - '0');
}

/** Bits of an element in the byte order of its type */
static uint64_t read_bits(const unsigned char *bytes, const struct header *header,
		size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++) {
		size_t at = header->type[0] == '<' ? i : size - 1 - i;

		value |= (uint64_t)bytes[at] << (8 * i);
	}
	return value;
}

/** Where the element that is number i in C order lies */
static size_t find_element(const struct header *header, size_t count, size_t i)
{
	size_t place = 0;

	if (!header->fortran) {
		return i;
	}
	for (uint32_t d = header->rank; d > 0; d--) {
		size_t extent = (size_t)header->shape[d - 1];

		count /= extent;
		place += i % extent * count;
		i /= extent;
	}
	return place;
}

static void read_elements(const unsigned char *bytes, const struct header *header,
		size_t count, float *values)
{
	size_t size = element_size(header);

	for (size_t i = 0; i < count; i++) {
		uint64_t bits = read_bits(bytes + size * find_element(header, count, i),
				header, size);
		uint32_t half = (uint32_t)bits;
		double value;

		if (size == sizeof(half)) {
			memcpy(&values[i], &half, sizeof(half));
		} else {
			memcpy(&value, &bits, sizeof(bits));
			values[i] = (float)value;
		}
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

/** Read the array of a file whose header is known */
static cnnviz_status read_array(const struct mapping *file, const struct header *header,
		size_t start, cnnviz_tensor **tensor, struct error *error)
{
	size_t available = (file->size - start) / element_size(header);
	size_t count = count_elements(header, available);
	char shape[CNNVIZ_MAX_RANK * 21 + 3];

	tensor_shape_text(header->rank, header->shape, shape, sizeof(shape));
	if (count == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has shape %s, which is empty or exceeds the %zu "
				"elements in the file",
				file->path, shape, available);
	}
	*tensor = tensor_create_unset(header->rank, header->shape);
	if (*tensor == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"out of memory for the array %s of %s", shape,
				file->path);
	}
	read_elements(file->data + start, header, count, tensor_mutable_data(*tensor));
	return CNNVIZ_OK;
}

/** Read an array, or a row of it if that is not negative. */
static cnnviz_status read_part(const struct mapping *file, struct header *header,
		size_t start, int64_t row, cnnviz_tensor **tensor, struct error *error)
{
	size_t size = element_size(header), count;

	if (row < 0) {
		return read_array(file, header, start, tensor, error);
	}
	if (header->rank < 2 || header->fortran || row >= header->shape[0]) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s has no row %lld",
				file->path, (long long)row);
	}
	header->rank--;
	for (uint32_t i = 0; i < header->rank; i++) {
		header->shape[i] = header->shape[i + 1];
	}
	count = count_elements(header, (file->size - start) / size);
	uint64_t before = limit_product((uint64_t)row, limit_product(count, size));

	start += before < file->size - start ? before : file->size - start;
	return read_array(file, header, start, tensor, error);
}

/** Read an array of float32 and, unless exact, float64 */
static cnnviz_status read_file(const char *path, bool exact, int64_t row,
		cnnviz_tensor **tensor, struct error *error)
{
	struct mapping *file;
	struct header header = { .rank = 0 };
	const char *problem;
	cnnviz_status status = mapping_open(path, &file, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	size_t start = read_header(file, &header, &problem);

	if (problem != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "%s %s", path, problem);
	} else if (element_size(&header) == 0 || (exact && element_size(&header) != 4)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s holds elements of type \"%s\"; save it with "
				".astype(\"float32\")",
				path, header.type);
	} else {
		status = read_part(file, &header, start, row, tensor, error);
	}
	mapping_unref(file);
	return status;
}

cnnviz_status npy_read(const char *path, cnnviz_tensor **tensor, struct error *error)
{
	return read_file(path, false, -1, tensor, error);
}

cnnviz_status npy_read_exact(const char *path, cnnviz_tensor **tensor,
		struct error *error)
{
	return read_file(path, true, -1, tensor, error);
}

cnnviz_status npy_read_row(const char *path, int64_t row, cnnviz_tensor **tensor,
		struct error *error)
{
	return read_file(path, true, row, tensor, error);
}

cnnviz_status npy_measure(const char *path, uint32_t *rank,
		int64_t shape[CNNVIZ_MAX_RANK], size_t *start, struct error *error)
{
	struct mapping *file;
	struct header header = { .rank = 0 };
	const char *problem;
	cnnviz_status status = mapping_open(path, &file, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	*start = read_header(file, &header, &problem);
	uint64_t size = element_size(&header);

	for (uint32_t i = 0; i < header.rank; i++) {
		size = limit_product(size, (uint64_t)header.shape[i]);
	}
	if (problem == NULL && size > file->size - *start) {
		problem = "is cut off";
	}
	if (problem != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "%s %s", path, problem);
	}
	*rank = header.rank;
	memcpy(shape, header.shape, header.rank * sizeof(*shape));
	mapping_unref(file);
	return status;
}

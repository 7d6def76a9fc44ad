/**
 * \file    weights/safetensors.c
 * \brief   Reads safetensors: a JSON header, then the tensors' bytes
 *
 * Source: https://github.com/huggingface/safetensors#format
 */
#include "weights/safetensors.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "weights/bytes.h"
#include "weights/entry.h"

static const struct {
	const char *name;
	enum weights_dtype dtype;
} dtype_names[] = {
	{ "F32", DTYPE_FLOAT32 },
	{ "F64", DTYPE_FLOAT64 },
	{ "F16", DTYPE_FLOAT16 },
	{ "BF16", DTYPE_BFLOAT16 },
	{ "I64", DTYPE_INT64 },
	{ "I32", DTYPE_INT32 },
	{ "I16", DTYPE_INT16 },
	{ "I8", DTYPE_INT8 },
	{ "U64", DTYPE_UINT64 },
	{ "U32", DTYPE_UINT32 },
	{ "U16", DTYPE_UINT16 },
	{ "U8", DTYPE_UINT8 },
	{ "BOOL", DTYPE_BOOL },
	{ "C64", DTYPE_COMPLEX64 },
	{ "F8_E4M3", DTYPE_FLOAT8_E4M3 },
	{ "F8_E5M2", DTYPE_FLOAT8_E5M2 },
};

static cnnviz_status refuse(const char *name, const char *why, struct error *error)
{
	char text[100];

	return error_set(error, CNNVIZ_ERROR_INPUT,
			"tensor \"%s\" %s in the header of the safetensors file",
			bytes_printable((const unsigned char *)name, strlen(name), text,
					sizeof(text)),
			why);
}

static cnnviz_status read_dtype(const char *name, const json_t *info,
		struct weights_entry *entry, struct error *error)
{
	const char *text = json_string_value(json_object_get(info, "dtype"));

	for (size_t i = 0; text != NULL && i < sizeof(dtype_names) / sizeof(*dtype_names);
			i++) {
		if (strcmp(dtype_names[i].name, text) == 0) {
			entry->dtype = dtype_names[i].dtype;
			return CNNVIZ_OK;
		}
	}
	return refuse(name, "has no dtype, or one that is not supported", error);
}

static cnnviz_status read_shape(const char *name, const json_t *info,
		struct weights_entry *entry, struct error *error)
{
	const json_t *shape = json_object_get(info, "shape");

	if (!json_is_array(shape)) {
		return refuse(name, "has no shape", error);
	}
	if (json_array_size(shape) > CNNVIZ_MAX_RANK) {
		return refuse(name, "has more than 8 dimensions", error);
	}
	entry->rank = (uint32_t)json_array_size(shape);
	for (uint32_t i = 0; i < entry->rank; i++) {
		const json_t *extent = json_array_get(shape, i);

		if (!json_is_integer(extent) || json_integer_value(extent) < 0) {
			return refuse(name,
					"has a shape with an entry that is not a count",
					error);
		}
		entry->shape[i] = json_integer_value(extent);
	}
	return entry_set_contiguous(entry, error);
}

/** The position of the bytes; their number must be exactly what the shape needs */
static cnnviz_status read_offsets(const char *name, const json_t *info,
		const unsigned char *data, size_t size, struct weights_entry *entry,
		struct error *error)
{
	const json_t *offsets = json_object_get(info, "data_offsets");
	const json_t *first = json_array_get(offsets, 0);
	const json_t *last = json_array_get(offsets, 1);
	uint64_t needed = dtype_size(entry->dtype);
	json_int_t start;
	json_int_t end;

	if (json_array_size(offsets) != 2 || !json_is_integer(first)
			|| !json_is_integer(last)) {
		return refuse(name, "has no pair of data_offsets", error);
	}
	start = json_integer_value(first);
	end = json_integer_value(last);
	if (start < 0 || end < start || (uint64_t)end > size) {
		return refuse(name, "has data_offsets beyond the end of the file", error);
	}
	for (uint32_t i = 0; i < entry->rank; i++) {
		if (__builtin_mul_overflow(needed, (uint64_t)entry->shape[i], &needed)) {
			return refuse(name, "has a number of elements that overflows",
					error);
		}
	}
	if (needed != (uint64_t)(end - start)) {
		return refuse(name, "has a shape that does not fit its data_offsets",
				error);
	}
	entry->data = data + start;
	entry->size = (size_t)(end - start);
	return CNNVIZ_OK;
}

static cnnviz_status read_tensor(struct weights *weights, const char *name,
		const json_t *info, const unsigned char *data, size_t size,
		struct error *error)
{
	struct weights_entry entry = {
		.name = (const unsigned char *)name,
		.name_length = strlen(name),
	};
	cnnviz_status status;

	if (!json_is_object(info)) {
		return refuse(name, "is not a JSON object", error);
	}
	status = read_dtype(name, info, &entry, error);
	if (status == CNNVIZ_OK) {
		status = read_shape(name, info, &entry, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_offsets(name, info, data, size, &entry, error);
	}
	return status == CNNVIZ_OK ? weights_add(weights, &entry, error) : status;
}

cnnviz_status safetensors_read(struct weights *weights, struct error *error)
{
	const unsigned char *data = weights->mapping->data;
	size_t size = weights->mapping->size;
	uint64_t length = bytes_number(data, 8);
	cnnviz_status status = CNNVIZ_OK;
	json_error_t fault;
	json_t *header;
	json_t *info;
	const char *name;

	if (length > size - 8) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it starts like a safetensors file, but its header would "
				"be %llu bytes long: the file is truncated, or not a "
				"safetensors file",
				(unsigned long long)length);
	}
	status = limit_check(LIMIT_HEADER_BYTES, length, error,
			"the header of the safetensors file has");
	if (status != CNNVIZ_OK) {
		return status;
	}
	header = json_parse(data + 8, (size_t)length, JSON_REJECT_DUPLICATES, &fault);
	if (!json_is_object(header)) {
		char reason[JSON_ERROR_TEXT_LENGTH];

		json_decref(header);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it starts like a safetensors file, but its header is "
				"not a JSON object: %s",
				bytes_printable((const unsigned char *)fault.text,
						strlen(fault.text), reason,
						sizeof(reason)));
	}
	data += 8 + length;
	size -= 8 + (size_t)length;
	json_object_foreach(header, name, info)
	{
		if (strcmp(name, "__metadata__") != 0) {
			status = read_tensor(weights, name, info, data, size, error);
		}
		if (status != CNNVIZ_OK) {
			break;
		}
	}
	json_decref(header);
	return status;
}

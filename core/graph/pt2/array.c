/**
 * \file    graph/pt2/array.c
 * \brief   Arrays of numbers in a .pt2 file
 */
#include "graph/pt2/array.h"

#include <string.h>

/** torch's ScalarType as the program's schema numbers it, from 1 */
static const struct {
	bool known;
	enum weights_dtype dtype;
} types[] = {
	[1] = { true, DTYPE_UINT8 },
	[2] = { true, DTYPE_INT8 },
	[3] = { true, DTYPE_INT16 },
	[4] = { true, DTYPE_INT32 },
	[5] = { true, DTYPE_INT64 },
	[6] = { true, DTYPE_FLOAT16 },
	[7] = { true, DTYPE_FLOAT32 },
	[8] = { true, DTYPE_FLOAT64 },
	[12] = { true, DTYPE_BOOL },
	[13] = { true, DTYPE_BFLOAT16 },
};

static bool find_type(const json_t *description, enum weights_dtype *dtype)
{
	json_int_t number = json_integer_value(json_object_get(description, "dtype"));

	if (number < 1 || (size_t)number >= sizeof(types) / sizeof(*types)
			|| !types[number].known) {
		return false;
	}
	*dtype = types[number].dtype;
	return true;
}

bool pt2_is_byte(const json_t *description)
{
	enum weights_dtype dtype;

	return find_type(description, &dtype) && dtype == DTYPE_UINT8;
}

/** Read sizes or strides: a list of { "as_int": NUMBER }. False: something else */
static bool read_list(const json_t *list, uint32_t *count,
		int64_t numbers[CNNVIZ_MAX_RANK])
{
	const json_t *item;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > CNNVIZ_MAX_RANK) {
		return false;
	}
	*count = 0;
	json_array_foreach(list, i, item)
	{
		const json_t *number = json_object_get(item, "as_int");

		if (!json_is_integer(number) || json_integer_value(number) < 0) {
			return false;
		}
		numbers[(*count)++] = json_integer_value(number);
	}
	return true;
}

/** Whether all elements lie within a record, from an offset on */
static bool fits(const struct constant *constant, int64_t offset, size_t size)
{
	int64_t left = (int64_t)(size / dtype_size(constant->dtype)) - 1;

	if (constant_count(constant) == 0) {
		return true;
	}
	left = offset <= left ? left - offset : -1;
	for (uint32_t d = 0; d < constant->rank && left >= 0; d++) {
		int64_t steps = constant->extent[d] - 1;

		if (steps > 0 && constant->stride[d] > left / steps) {
			return false;
		}
		left -= steps * constant->stride[d];
	}
	return left >= 0;
}

/** Set shape, strides and bytes of an array whose type is known. */
static cnnviz_status set_place(const json_t *description, const struct zip_record *record,
		struct constant *constant, struct error *error)
{
	const json_t *first = json_object_get(
			json_object_get(description, "storage_offset"), "as_int");
	int64_t extent[CNNVIZ_MAX_RANK], stride[CNNVIZ_MAX_RANK];
	json_int_t offset = json_integer_value(first);
	uint32_t rank, strides;
	cnnviz_status status;

	if (!read_list(json_object_get(description, "sizes"), &rank, extent)
			|| !read_list(json_object_get(description, "strides"), &strides,
					stride)
			|| strides != rank || !json_is_integer(first) || offset < 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has no sizes, strides or offset that can be read");
	}
	status = constant_set_shape(constant, rank, extent, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	memcpy(constant->stride, stride, rank * sizeof(*stride));
	if (!fits(constant, offset, record->size)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has elements outside of its record of %zu bytes",
				record->size);
	}
	constant->data = record->data + (size_t)offset * dtype_size(constant->dtype);
	return CNNVIZ_OK;
}

static cnnviz_status read_described(const struct pt2_archive *archive, const char *folder,
		const json_t *entry, struct onnx_tensor *tensor, struct error *error)
{
	const char *path = json_string_value(json_object_get(entry, "path_name"));
	const json_t *description = json_object_get(entry, "tensor_meta");
	const struct zip_record *record = path != NULL
			? pt2_archive_find(archive, folder, path)
			: NULL;

	if (record == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has no record in the file, or a compressed one");
	}
	if (json_is_true(json_object_get(entry, "use_pickle"))) {
		tensor->fault = "is kept as a pickle, which cnnviz does not read";
		return CNNVIZ_OK;
	}
	if (!find_type(description, &tensor->constant.dtype)) {
		tensor->fault = "has a type that cnnviz does not read";
		return CNNVIZ_OK;
	}
	return set_place(description, record, &tensor->constant, error);
}

cnnviz_status pt2_array_read(const struct pt2_archive *archive, const char *name,
		struct mapping *mapping, struct onnx_tensor *tensor, struct error *error)
{
	const json_t *weight = json_object_get(archive->weights, name);
	const json_t *entry = weight != NULL ? weight
					     : json_object_get(archive->constants, name);
	cnnviz_status status;

	tensor->constant = (struct constant){ .mapping = mapping };
	status = json_is_object(entry) ? read_described(archive,
				 weight != NULL ? "data/weights/" : "data/constants/",
				 entry, tensor, error)
				       : error_set(error, CNNVIZ_ERROR_INPUT,
						       "is not in the file");
	return status == CNNVIZ_OK ? CNNVIZ_OK
				   : error_prefix(error, "its array \"%.200s\"", name);
}

/**
 * \file    weights/entry.c
 * \brief   Tensors as a file describes them, checked before anyone reads them
 */
#include "weights/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "weights/bytes.h"

#define NAME_MAX_LENGTH 1024

static const struct {
	const char *name;
	size_t size;
} dtypes[DTYPE_COUNT] = {
	[DTYPE_FLOAT32] = { "float32", 4 },
	[DTYPE_FLOAT64] = { "float64", 8 },
	[DTYPE_FLOAT16] = { "float16", 2 },
	[DTYPE_BFLOAT16] = { "bfloat16", 2 },
	[DTYPE_INT64] = { "int64", 8 },
	[DTYPE_INT32] = { "int32", 4 },
	[DTYPE_INT16] = { "int16", 2 },
	[DTYPE_INT8] = { "int8", 1 },
	[DTYPE_UINT64] = { "uint64", 8 },
	[DTYPE_UINT32] = { "uint32", 4 },
	[DTYPE_UINT16] = { "uint16", 2 },
	[DTYPE_UINT8] = { "uint8", 1 },
	[DTYPE_BOOL] = { "bool", 1 },
	[DTYPE_FLOAT8_E4M3] = { "float8_e4m3fn", 1 },
	[DTYPE_FLOAT8_E5M2] = { "float8_e5m2", 1 },
	[DTYPE_COMPLEX64] = { "complex64", 8 },
	[DTYPE_COMPLEX128] = { "complex128", 16 },
};

const char *dtype_name(enum weights_dtype dtype)
{
	return dtypes[dtype].name;
}

size_t dtype_size(enum weights_dtype dtype)
{
	return dtypes[dtype].size;
}

cnnviz_status entry_error(const struct weights_entry *entry, const char *why,
		struct error *error)
{
	char name[100];

	return error_set(error, CNNVIZ_ERROR_INPUT, "tensor \"%s\" %s",
			bytes_printable(entry->name, entry->name_length, name,
					sizeof(name)),
			why);
}

cnnviz_status entry_set_contiguous(struct weights_entry *entry, struct error *error)
{
	int64_t stride = 1;

	for (uint32_t i = entry->rank; i > 0; i--) {
		int64_t extent = entry->shape[i - 1] > 0 ? entry->shape[i - 1] : 1;

		entry->stride[i - 1] = stride;
		if (__builtin_mul_overflow(stride, extent, &stride)) {
			return entry_error(entry,
					"has a number of elements that overflows", error);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_name(const struct weights_entry *entry, struct error *error)
{
	if (entry->name_length > NAME_MAX_LENGTH) {
		return entry_error(entry, "has a name longer than 1024 bytes", error);
	}
	for (size_t i = 0; i < entry->name_length; i++) {
		if (entry->name[i] < 0x20 || entry->name[i] == 0x7f) {
			return entry_error(entry, "has control characters in its name",
					error);
		}
	}
	return CNNVIZ_OK;
}

/** Check that every element reachable by shape and strides lies in the storage */
static cnnviz_status check_extent(const struct weights_entry *entry, struct error *error)
{
	const size_t size = dtypes[entry->dtype].size;
	int64_t last = entry->offset;
	int64_t count = 1;
	int64_t reach;
	bool empty = false;

	for (uint32_t i = 0; i < entry->rank; i++) {
		int64_t extent = entry->shape[i];

		if (extent < 0 || entry->stride[i] < 0) {
			return entry_error(entry, "has a negative extent or stride",
					error);
		}
		empty = empty || extent == 0;
		if (extent > 0
				&& (__builtin_mul_overflow(count, extent, &count)
						|| __builtin_mul_overflow(extent - 1,
								entry->stride[i], &reach)
						|| __builtin_add_overflow(last, reach,
								&last))) {
			return entry_error(entry,
					"has a number of elements that overflows", error);
		}
	}
	if (entry->offset < 0) {
		return entry_error(entry, "starts before its storage", error);
	}
	if (!empty && (uint64_t)last >= entry->size / size) {
		return entry_error(entry,
				"extends beyond the end of its storage: the file is "
				"truncated or damaged",
				error);
	}
	return CNNVIZ_OK;
}

/** Check how many bytes a tensor takes as float32; its extent is valid */
static cnnviz_status check_bytes(const struct weights_entry *entry, struct error *error)
{
	uint64_t bytes = sizeof(float);
	char name[100];

	for (uint32_t i = 0; i < entry->rank; i++) {
		bytes = limit_product(bytes, (uint64_t)entry->shape[i]);
	}
	return limit_check(LIMIT_TENSOR_BYTES, bytes, error, "tensor \"%s\" has",
			bytes_printable(entry->name, entry->name_length, name,
					sizeof(name)));
}

void weights_end_group(struct weights *weights)
{
	size_t count = weights->group_count;

	if (count > 0 && weights->groups[count - 1].count == 0) {
		free(weights->groups[count - 1].name);
		weights->group_count--;
	}
}

void weights_start_group(struct weights *weights, const char *name)
{
	struct weights_group *last;

	weights_end_group(weights);
	weights->groups = memory_resize(weights->groups, weights->group_count + 1,
			sizeof(*weights->groups));
	last = &weights->groups[weights->group_count++];
	*last = (struct weights_group){
		.name = memory_text(name),
		.first = weights->count,
	};
}

/** Room for one more tensor, in the group that was started last */
static cnnviz_status append(struct weights *weights, struct weights_tensor **tensor,
		struct error *error)
{
	cnnviz_status status = limit_check(LIMIT_TENSORS, weights->count + 1, error,
			"it has");

	if (status != CNNVIZ_OK) {
		return status;
	}
	/* The capacity doubles each time the count reaches a power of two. */
	if ((weights->count & (weights->count - 1)) == 0) {
		weights->tensors = memory_resize(weights->tensors,
				weights->count > 0 ? 2 * weights->count : 1,
				sizeof(*weights->tensors));
	}
	*tensor = &weights->tensors[weights->count++];
	weights->groups[weights->group_count - 1].count++;
	return CNNVIZ_OK;
}

cnnviz_status weights_add_tensor(struct weights *weights, const char *name,
		cnnviz_tensor *made, struct error *error)
{
	struct weights_tensor *tensor;
	cnnviz_status status = append(weights, &tensor, error);

	if (status != CNNVIZ_OK) {
		tensor_unref(made);
		return status;
	}
	*tensor = (struct weights_tensor){
		.name = memory_text(name),
		.dtype = memory_text(dtypes[DTYPE_FLOAT32].name),
		.dtype_code = DTYPE_FLOAT32,
		.rank = tensor_rank(made),
		.tensor = made,
		.nonfinite = !tensor_is_finite(made),
	};
	memcpy(tensor->shape, tensor_shape(made), tensor->rank * sizeof(*tensor->shape));
	return CNNVIZ_OK;
}

cnnviz_status weights_add(struct weights *weights, const struct weights_entry *entry,
		struct error *error)
{
	struct weights_tensor *tensor;
	cnnviz_status status = check_name(entry, error);

	if (status == CNNVIZ_OK) {
		status = check_extent(entry, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_bytes(entry, error);
	}
	if (status == CNNVIZ_OK) {
		status = append(weights, &tensor, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	*tensor = (struct weights_tensor){
		.name = memory_text_n((const char *)entry->name, entry->name_length),
		.dtype = memory_text(dtypes[entry->dtype].name),
		.dtype_code = (int)entry->dtype,
		.rank = entry->rank,
		.mapping = mapping_ref(entry->mapping),
	};
	memcpy(tensor->shape, entry->shape, sizeof(tensor->shape));
	/* The stride of a dimension of 1 is never used, so it was not checked. */
	for (uint32_t i = 0; i < entry->rank; i++) {
		tensor->stride[i] = entry->shape[i] > 1 ? entry->stride[i] : 0;
	}
	tensor->data = entry->data;
	/* The offset of a tensor without elements is never used, so it was not
	 * checked. */
	if ((uint64_t)entry->offset < entry->size / dtypes[entry->dtype].size) {
		tensor->data += (size_t)entry->offset * dtypes[entry->dtype].size;
	}
	return CNNVIZ_OK;
}

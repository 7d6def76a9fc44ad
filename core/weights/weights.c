/**
 * \file    weights/weights.c
 * \brief   The tensors of a weights file, as float32
 */
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

#include "weights/element.h"
#include "weights/entry.h"

/**
 * A tensor with stride 0, which repeats its bytes, may have at most this many elements
 * beyond the file's size, so that a small file cannot exhaust memory.
 */
#define EXPANDED_MAX (INT64_C(1) << 24)

/** Elements that are read before their pages are given back */
#define BLOCK (INT64_C(1) << 18)

struct weights_tensor *weights_find(struct weights *weights, const char *name)
{
	for (size_t i = 0; i < weights->count; i++) {
		if (strcmp(weights->tensors[i].name, name) == 0) {
			return &weights->tensors[i];
		}
	}
	return NULL;
}

void weights_spare(const cnnviz_tensor *tensor, int64_t first, int64_t count)
{
	const struct mapping *mapping = tensor_context(tensor, mapping_unref);

	if (mapping != NULL) {
		mapping_release(mapping,
				(const unsigned char *)(tensor_data(tensor) + first),
				(size_t)count * sizeof(float));
	}
}

void weights_free(struct weights *weights)
{
	if (weights == NULL) {
		return;
	}
	for (size_t i = 0; i < weights->count; i++) {
		free(weights->tensors[i].name);
		free(weights->tensors[i].dtype);
		tensor_unref(weights->tensors[i].tensor);
		mapping_unref(weights->tensors[i].mapping);
	}
	for (size_t i = 0; i < weights->group_count; i++) {
		free(weights->groups[i].name);
	}
	free(weights->groups);
	free(weights->tensors);
	mapping_unref(weights->mapping);
	free(weights);
}

/* ---- Elements ---------------------------------------------------------- */

static bool is_contiguous(const struct weights_tensor *entry)
{
	int64_t stride = 1;

	for (uint32_t i = entry->rank; i > 0; i--) {
		if (entry->shape[i - 1] != 1 && entry->stride[i - 1] != stride) {
			return false;
		}
		stride *= entry->shape[i - 1];
	}
	return true;
}

static bool is_little_endian(void)
{
	const uint16_t one = 1;
	unsigned char first;

	memcpy(&first, &one, 1);
	return first == 1;
}

/** Whether the bytes are what a tensor's are, wherever they lie */
static bool is_plain(const struct weights_tensor *entry)
{
	return entry->dtype_code == DTYPE_FLOAT32 && is_little_endian()
			&& is_contiguous(entry);
}

static bool can_map(const struct weights_tensor *entry)
{
	return is_plain(entry) && (uintptr_t)entry->data % _Alignof(float) == 0;
}

/** The file that a tensor's bytes lie in */
static struct mapping *mapping_of(const struct weights *weights,
		const struct weights_tensor *entry)
{
	return entry->mapping != NULL ? entry->mapping : weights->mapping;
}

/** Convert the elements, in row-major order. */
static void convert(const struct weights_tensor *entry, float *out, int64_t count)
{
	const enum weights_dtype dtype = (enum weights_dtype)entry->dtype_code;
	const int64_t size = (int64_t)dtype_size(dtype);
	int64_t index[CNNVIZ_MAX_RANK] = { 0 };
	int64_t at = 0;

	if (is_contiguous(entry)) {
		elements_float(dtype, entry->data, count, out);
		return;
	}
	for (int64_t i = 0; i < count; i++) {
		out[i] = element_float(dtype, entry->data + at * size);
		for (uint32_t d = entry->rank; d > 0; d--) {
			at += entry->stride[d - 1];
			if (++index[d - 1] < entry->shape[d - 1]) {
				break;
			}
			at -= entry->stride[d - 1] * entry->shape[d - 1];
			index[d - 1] = 0;
		}
	}
}

/**
 * Copy plain elements, unless they stay where they are, and look whether all are finite,
 * without more of the file in memory than a block.
 */
static void read_plain(const struct weights *weights, struct weights_tensor *entry,
		float *copy, int64_t count)
{
	const float *values = tensor_data(entry->tensor);

	for (int64_t i = 0; i < count; i += BLOCK) {
		int64_t length = count - i < BLOCK ? count - i : BLOCK;
		size_t size = (size_t)length * sizeof(*values);
		const unsigned char *bytes = entry->data + (size_t)i * sizeof(*values);

		if (copy != NULL) {
			memcpy(copy + i, bytes, size);
		}
		entry->nonfinite = entry->nonfinite
				|| !floats_are_finite(values + i, length);
		mapping_release(mapping_of(weights, entry), bytes, size);
	}
}

static cnnviz_status get_error(const struct weights *weights,
		const struct weights_tensor *entry, cnnviz_status status, const char *why,
		struct error *error)
{
	return error_set(error, status, "%s: tensor \"%.200s\" (%s) %s",
			mapping_of(weights, entry)->path, entry->name, entry->dtype, why);
}

static cnnviz_status check_convertible(const struct weights *weights,
		const struct weights_tensor *entry, int64_t *count, struct error *error)
{
	int64_t size = (int64_t)mapping_of(weights, entry)->size;

	if (entry->dtype_code >= DTYPE_COMPLEX64) {
		return get_error(weights, entry, CNNVIZ_ERROR_UNSUPPORTED,
				"has a type that cannot be converted; save it as float32",
				error);
	}
	*count = 1;
	for (uint32_t i = 0; i < entry->rank; i++) {
		*count *= entry->shape[i];
	}
	if (*count == 0) {
		return get_error(weights, entry, CNNVIZ_ERROR_INPUT, "has no elements",
				error);
	}
	if (*count > EXPANDED_MAX && *count - EXPANDED_MAX > size) {
		return get_error(weights, entry, CNNVIZ_ERROR_INPUT,
				"expands a few bytes into a huge array; save it with "
				"contiguous()",
				error);
	}
	return CNNVIZ_OK;
}

cnnviz_status weights_get(struct weights *weights, struct weights_tensor *entry,
		const cnnviz_tensor **tensor, struct error *error)
{
	static const int64_t one = 1;
	const uint32_t rank = entry->rank > 0 ? entry->rank : 1;
	const int64_t *shape = entry->rank > 0 ? entry->shape : &one;
	int64_t count = 0;
	cnnviz_status status;

	if (entry->tensor != NULL) {
		*tensor = entry->tensor;
		return CNNVIZ_OK;
	}
	status = check_convertible(weights, entry, &count, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (can_map(entry)) {
		entry->tensor = tensor_wrap(rank, shape,
				(const float *)(const void *)entry->data, mapping_unref,
				mapping_ref(mapping_of(weights, entry)));
		if (entry->tensor == NULL) {
			mapping_unref(mapping_of(weights, entry));
		}
	} else {
		entry->tensor = tensor_create_unset(rank, shape);
	}
	if (entry->tensor == NULL) {
		return get_error(weights, entry, CNNVIZ_ERROR_MEMORY,
				"does not fit in memory", error);
	}
	if (is_plain(entry)) {
		read_plain(weights, entry, tensor_mutable_data(entry->tensor), count);
	} else {
		convert(entry, tensor_mutable_data(entry->tensor), count);
		entry->nonfinite = !tensor_is_finite(entry->tensor);
	}
	*tensor = entry->tensor;
	return CNNVIZ_OK;
}

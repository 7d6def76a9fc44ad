/**
 * \file    weights/weights.c
 * \brief   The tensors of a weights file, as float32
 */
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

#include "weights/bytes.h"
#include "weights/entry.h"

/**
 * A tensor with stride 0, which repeats its bytes, may have at most this many elements
 * beyond the file's size, so that a small file cannot exhaust memory.
 */
#define EXPANDED_MAX (INT64_C(1) << 24)

struct weights_tensor *weights_find(struct weights *weights, const char *name)
{
	for (size_t i = 0; i < weights->count; i++) {
		if (strcmp(weights->tensors[i].name, name) == 0) {
			return &weights->tensors[i];
		}
	}
	return NULL;
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

static float float_from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/** Convert IEEE 754 binary16, exactly */
static float float_from_half(uint32_t half)
{
	uint32_t sign = (half & 0x8000U) << 16;
	uint32_t exponent = half >> 10 & 0x1fU;
	uint32_t fraction = half & 0x3ffU;

	if (exponent == 0x1f) {
		return float_from_bits(sign | 0x7f800000U | fraction << 13);
	}
	if (exponent != 0) {
		return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
	}
	/* Subnormal: a multiple of 2^-24 */
	return (sign != 0 ? -1.0F : 1.0F) * (float)fraction * 0x1p-24F;
}

/** Convert OCP 8-bit floating point, format E4M3, exactly: it has no infinities and one
 * NaN of each sign. Source: OCP 8-bit Floating Point Specification, revision 1.0,
 * section 5
 */
static float float_from_e4m3(uint32_t bits)
{
	uint32_t sign = (bits & 0x80U) << 24;
	uint32_t exponent = bits >> 3 & 0xfU;
	uint32_t fraction = bits & 0x7U;

	if ((bits & 0x7fU) == 0x7fU) {
		return float_from_bits(sign | 0x7fc00000U);
	}
	if (exponent != 0) {
		return float_from_bits(sign | (exponent + 120) << 23 | fraction << 20);
	}
	/* Subnormal: a multiple of 2^-9 */
	return (sign != 0 ? -1.0F : 1.0F) * (float)fraction * 0x1p-9F;
}

static double double_from_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/** One element, for any alignment and byte order of this machine */
static float element(enum weights_dtype dtype, size_t size, const unsigned char *bytes)
{
	uint64_t bits = bytes_number(bytes, size);

	switch (dtype) {
	case DTYPE_FLOAT32:
		return float_from_bits((uint32_t)bits);
	case DTYPE_FLOAT64:
		return (float)double_from_bits(bits);
	case DTYPE_FLOAT16:
		return float_from_half((uint32_t)bits);
	case DTYPE_BFLOAT16:
		return float_from_bits((uint32_t)bits << 16);
	case DTYPE_FLOAT8_E4M3:
		return float_from_e4m3((uint32_t)bits);
	case DTYPE_FLOAT8_E5M2: /* the upper half of a binary16 */
		return float_from_half((uint32_t)bits << 8);
	case DTYPE_INT64:
		return (float)(int64_t)bits;
	case DTYPE_INT32:
		return (float)(int32_t)bits;
	case DTYPE_INT16:
		return (float)(int16_t)bits;
	case DTYPE_INT8:
		return (float)(int8_t)bits;
	case DTYPE_BOOL:
		return bits != 0 ? 1.0F : 0.0F;
	default:
		return (float)bits;
	}
}

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

static bool can_map(const struct weights_tensor *entry)
{
	return entry->dtype_code == DTYPE_FLOAT32 && is_little_endian()
			&& (uintptr_t)entry->data % _Alignof(float) == 0
			&& is_contiguous(entry);
}

/** Copy the elements in row-major order. */
static void copy_strided(const struct weights_tensor *entry, float *out, int64_t count)
{
	const enum weights_dtype dtype = (enum weights_dtype)entry->dtype_code;
	const int64_t size = (int64_t)dtype_size(dtype);
	int64_t index[CNNVIZ_MAX_RANK] = { 0 };
	int64_t at = 0;

	for (int64_t i = 0; i < count; i++) {
		out[i] = element(dtype, (size_t)size, entry->data + at * size);
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

static cnnviz_status get_error(const struct weights *weights,
		const struct weights_tensor *entry, cnnviz_status status, const char *why,
		struct error *error)
{
	return error_set(error, status, "%s: tensor \"%.200s\" (%s) %s",
			weights->mapping->path, entry->name, entry->dtype, why);
}

static cnnviz_status check_convertible(const struct weights *weights,
		const struct weights_tensor *entry, int64_t *count, struct error *error)
{
	int64_t size = (int64_t)weights->mapping->size;

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
				mapping_ref(weights->mapping));
		if (entry->tensor == NULL) {
			mapping_unref(weights->mapping);
		}
	} else {
		entry->tensor = tensor_create(rank, shape);
		if (entry->tensor != NULL) {
			copy_strided(entry, tensor_mutable_data(entry->tensor), count);
		}
	}
	if (entry->tensor == NULL) {
		return get_error(weights, entry, CNNVIZ_ERROR_MEMORY,
				"does not fit in memory", error);
	}
	*tensor = entry->tensor;
	return CNNVIZ_OK;
}

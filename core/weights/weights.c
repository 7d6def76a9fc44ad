/**
 * \file    weights/weights.c
 * \brief   Detects the format of weights files, and converts their tensors to float32
 */
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/reader.h"

#define NAME_MAX_LENGTH 1024

/** Many times the number in the largest networks */
#define TENSORS_MAX 131072

/**
 * A tensor with stride 0, which repeats its bytes, may have at most this many elements
 * beyond the file's size, so that a small file cannot exhaust memory.
 */
#define EXPANDED_MAX (INT64_C(1) << 24)

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

uint64_t bytes_number(const unsigned char *bytes, size_t length)
{
	uint64_t number = 0;

	for (size_t i = length; i > 0; i--) {
		number = number << 8 | bytes[i - 1];
	}
	return number;
}

const char *bytes_printable(const unsigned char *bytes, size_t length, char *text,
		size_t size)
{
	size_t i = 0;

	for (; i < length && i + 1 < size; i++) {
		text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '?';
	}
	text[i] = '\0';
	return text;
}

/* ---- Tensors of a file ------------------------------------------------- */

static cnnviz_status entry_error(const struct weights_entry *entry, const char *why,
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

cnnviz_status weights_add(struct weights *weights, const struct weights_entry *entry,
		struct error *error)
{
	struct weights_tensor *tensor;
	cnnviz_status status = check_name(entry, error);

	if (status == CNNVIZ_OK) {
		status = check_extent(entry, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (weights->count == TENSORS_MAX) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it has more than %d tensors, which no network needs",
				TENSORS_MAX);
	}
	/* The capacity doubles each time the count reaches a power of two. */
	if ((weights->count & (weights->count - 1)) == 0) {
		weights->tensors = memory_resize(weights->tensors,
				weights->count > 0 ? 2 * weights->count : 1,
				sizeof(*weights->tensors));
	}
	tensor = &weights->tensors[weights->count++];
	*tensor = (struct weights_tensor){
		.name = memory_text_n((const char *)entry->name, entry->name_length),
		.dtype = memory_text(dtypes[entry->dtype].name),
		.dtype_code = (int)entry->dtype,
		.rank = entry->rank,
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

/** DataParallel prefixes every name with "module.". */
static void strip_module(struct weights *weights)
{
	static const char prefix[] = "module.";
	const size_t length = sizeof(prefix) - 1;

	for (size_t i = 0; i < weights->count; i++) {
		if (strncmp(weights->tensors[i].name, prefix, length) != 0) {
			return;
		}
	}
	for (size_t i = 0; i < weights->count; i++) {
		char *name = weights->tensors[i].name;

		memmove(name, name + length, strlen(name + length) + 1);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cnnviz_status check_names(const struct weights *weights, struct error *error)
{
	const char **names;
	cnnviz_status status = CNNVIZ_OK;

	if (weights->count == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "it has no tensors");
	}
	names = memory_new(weights->count, sizeof(*names));
	for (size_t i = 0; i < weights->count; i++) {
		names[i] = weights->tensors[i].name;
	}
	qsort(names, weights->count, sizeof(*names), compare_names);
	for (size_t i = 1; i < weights->count && status == CNNVIZ_OK; i++) {
		if (strcmp(names[i - 1], names[i]) == 0) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"it has two tensors named \"%.100s\"", names[i]);
		}
	}
	free(names);
	return status;
}

/* ---- Detecting the format ------------------------------------------------ */

#define SAVE_AGAIN "save the network's state_dict() with torch.save or as safetensors"

/** Files that are often mistaken for weights, by their first bytes */
static const struct {
	size_t at;
	const char *bytes;
	size_t length;
	const char *text;
} strangers[] = {
	{ 0, "version https://git-lfs", 23,
			"this is a Git LFS pointer, not the file itself; fetch it with "
			"`git lfs pull`" },
	{ 0, "\x93NUMPY", 6, "this is a NumPy array; " SAVE_AGAIN },
	{ 0, "\x89HDF\r\n\x1a\n", 8,
			"this is an HDF5 file, as written by Keras; convert it to "
			"safetensors" },
	{ 0, "\x1f\x8b", 2, "it is compressed with gzip; unpack it first" },
	{ 0, "BZh", 3, "it is compressed with bzip2; unpack it first" },
	{ 0,
			"\xfd"
			"7zXZ",
			5, "it is compressed with xz; unpack it first" },
	{ 0, "GGUF", 4, "this is a GGUF file, which is for language models" },
	{ 0, "\x89PNG", 4, "this is a PNG picture" },
	{ 0, "\xff\xd8\xff", 3, "this is a JPEG picture" },
	{ 0,
			"\x7f"
			"ELF",
			4, "this is a program or library" },
	{ 0, "[network]", 9, "this is a network description, not its weights" },
	{ 257, "ustar", 5,
			"this is a tar archive: unpack it, or if torch.save wrote it "
			"before PyTorch 0.1.10, load it in Python and " SAVE_AGAIN },
};

static bool starts_with_markup(const struct mapping *mapping)
{
	size_t i = 0;

	if (mapping->size >= 3 && memcmp(mapping->data, "\xef\xbb\xbf", 3) == 0) {
		i = 3;
	}
	while (i < mapping->size && i < 512 && mapping->data[i] != '\0'
			&& strchr(" \t\r\n", mapping->data[i]) != NULL) {
		i++;
	}
	return i + 1 < mapping->size && mapping->data[i] == '<'
			&& (mapping->data[i + 1] == '!' || mapping->data[i + 1] == '?'
					|| (mapping->data[i + 1] | 0x20) == 'h');
}

/**
 * Whether it is a protobuf that starts with field 1, a small number, then ONNX's field
 * 2 or 7
 */
static bool looks_like_onnx(const struct mapping *mapping)
{
	const unsigned char *data = mapping->data;

	return mapping->size > 16 && data[0] == 0x08 && data[1] > 0 && data[1] < 0x20
			&& (data[2] == 0x12 || data[2] == 0x3a);
}

static cnnviz_status unknown_format_error(const struct mapping *mapping,
		struct error *error)
{
	const char *text = "this is not a weights file of a known format (torch.save or "
			   "safetensors)";

	if (starts_with_markup(mapping)) {
		text = "this is a web page or XML, perhaps an error message in place of "
		       "a download; download it again";
	} else if (looks_like_onnx(mapping)) {
		text = "this looks like an ONNX model; " SAVE_AGAIN;
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		size_t at = strangers[i].at;

		if (mapping->size >= at + strangers[i].length
				&& memcmp(mapping->data + at, strangers[i].bytes,
						   strangers[i].length)
						== 0) {
			text = strangers[i].text;
			break;
		}
	}
	return error_set(error, CNNVIZ_ERROR_INPUT, "%s", text);
}

static cnnviz_status read_by_format(struct weights *weights, struct error *error)
{
	const unsigned char *data = weights->mapping->data;
	size_t size = weights->mapping->size;

	if (size == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "it is empty");
	}
	if (size >= 4
			&& (memcmp(data, "PK\3\4", 4) == 0
					|| memcmp(data, "PK\5\6", 4) == 0)) {
		return torch_zip_read(weights, error);
	}
	if (size >= 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5) {
		return torch_stream_read(weights, error);
	}
	if (size > 8 && data[8] == '{') {
		return safetensors_read(weights, error);
	}
	return unknown_format_error(weights->mapping, error);
}

cnnviz_status weights_read(struct mapping *mapping, struct weights **weights,
		struct error *error)
{
	struct weights *result = memory_new(1, sizeof(*result));
	cnnviz_status status;

	result->mapping = mapping_ref(mapping);
	status = read_by_format(result, error);
	if (status == CNNVIZ_OK) {
		strip_module(result);
		status = check_names(result, error);
	}
	if (status != CNNVIZ_OK) {
		weights_free(result);
		return status;
	}
	*weights = result;
	return CNNVIZ_OK;
}

cnnviz_status weights_open(const char *path, struct weights **weights,
		struct error *error)
{
	struct mapping *mapping;
	cnnviz_status status = mapping_open(path, &mapping, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = weights_read(mapping, weights, error);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "%s", path);
	}
	mapping_unref(mapping);
	return status;
}

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
static float element(enum weights_dtype dtype, const unsigned char *bytes)
{
	uint64_t bits = bytes_number(bytes, dtypes[dtype].size);

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
	const int64_t size = (int64_t)dtypes[dtype].size;
	int64_t index[CNNVIZ_MAX_RANK] = { 0 };
	int64_t at = 0;

	for (int64_t i = 0; i < count; i++) {
		out[i] = element(dtype, entry->data + at * size);
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

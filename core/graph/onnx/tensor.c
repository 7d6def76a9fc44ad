/**
 * \file    graph/onnx/tensor.c
 * \brief   Reads arrays: within the file, or in a file of weights beside it
 */
#include "graph/onnx/tensor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph/onnx/list.h"
#include "weights/element.h"

/** Fields of TensorProto that hold elements one by one */
enum element_field {
	FIELD_FLOATS = 4,
	FIELD_INT32S = 5,
	FIELD_INT64S = 7,
	FIELD_DOUBLES = 10,
	FIELD_UINT64S = 11,
};

/** A TensorProto, in the order of its fields */
struct reading {
	struct onnx_file *file;
	struct wire message;
	struct onnx_tensor *tensor;
	int64_t type;
	uint32_t rank;
	int64_t extent[CNNVIZ_MAX_RANK];
	bool has_raw, external;
	struct wire raw;      /* raw_data, or the floats where they lie side by side */
	size_t element_lists; /* fields that hold elements one by one */
	char *location;
	uint64_t offset, length;
	bool has_length;
};

/** ONNX's numbers of types; DTYPE_COUNT for those that cannot be used */
static const enum weights_dtype types[] = {
	[0] = DTYPE_COUNT,
	[1] = DTYPE_FLOAT32,
	[2] = DTYPE_UINT8,
	[3] = DTYPE_INT8,
	[4] = DTYPE_UINT16,
	[5] = DTYPE_INT16,
	[6] = DTYPE_INT32,
	[7] = DTYPE_INT64,
	[8] = DTYPE_COUNT, /* texts */
	[9] = DTYPE_BOOL,
	[10] = DTYPE_FLOAT16,
	[11] = DTYPE_FLOAT64,
	[12] = DTYPE_UINT32,
	[13] = DTYPE_UINT64,
	[14] = DTYPE_COMPLEX64,
	[15] = DTYPE_COMPLEX128,
	[16] = DTYPE_BFLOAT16,
	[17] = DTYPE_FLOAT8_E4M3,
	[18] = DTYPE_COUNT,
	[19] = DTYPE_FLOAT8_E5M2,
};

static cnnviz_status tensor_error(const struct reading *reading, const char *why,
		struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT, "tensor \"%.200s\" %s",
			reading->tensor->name != NULL ? reading->tensor->name : "", why);
}

/* ---- The message's fields ------------------------------------------------------ */

static cnnviz_status add_extent(struct reading *reading, const struct wire *wire,
		uint64_t value, struct error *error)
{
	if (reading->rank == CNNVIZ_MAX_RANK) {
		return wire_error(wire, "is a shape of more than 8 dimensions", error);
	}
	reading->extent[reading->rank++] = (int64_t)value;
	return CNNVIZ_OK;
}

static cnnviz_status read_extents(struct reading *reading, const struct wire_field *field,
		struct error *error)
{
	struct wire numbers = field->bytes;
	cnnviz_status status = CNNVIZ_OK;
	uint64_t number;

	if (field->type == WIRE_NUMBER) {
		return add_extent(reading, &reading->message, field->value, error);
	}
	while (status == CNNVIZ_OK && wire_more(&numbers)) {
		status = wire_number(&numbers, &number, error);
		if (status == CNNVIZ_OK) {
			status = add_extent(reading, &numbers, number, error);
		}
	}
	return status;
}

/** A number of bytes in decimal digits */
static cnnviz_status read_bytes(const struct reading *reading, const char *text,
		uint64_t *bytes, struct error *error)
{
	char *end;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0'
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"tensor \"%.200s\" is said to lie at \"%.40s\" "
					"of "
					"its file, which is no number of bytes",
					reading->tensor->name != NULL
							? reading->tensor->name
							: "",
					text);
}

/** StringStringEntryProto: where the elements are in a file of weights */
static cnnviz_status read_place(struct reading *reading, struct wire wire,
		struct error *error)
{
	char *key = NULL, *value = NULL;
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1 || field.number == 2) {
			char **text = field.number == 1 ? &key : &value;

			free(*text);
			*text = NULL;
			status = wire_text(&wire, &field, ONNX_MAX_NAME, text, error);
		}
	}
	if (status != CNNVIZ_OK || key == NULL || value == NULL) {
		goto done;
	}
	if (strcmp(key, "location") == 0) {
		free(reading->location);
		reading->location = value;
		value = NULL;
	} else if (strcmp(key, "offset") == 0) {
		status = read_bytes(reading, value, &reading->offset, error);
	} else if (strcmp(key, "length") == 0) {
		reading->has_length = true;
		status = read_bytes(reading, value, &reading->length, error);
	}
done:
	free(key);
	free(value);
	return status;
}

static cnnviz_status read_field(struct reading *reading, const struct wire_field *field,
		struct error *error)
{
	switch (field->number) {
	case 1:
		return read_extents(reading, field, error);
	case 2:
		reading->type = (int64_t)field->value;
		return CNNVIZ_OK;
	case 3:
		return tensor_error(reading,
				"comes in segments, which cnnviz does not read", error);
	case FIELD_FLOATS:
	case FIELD_DOUBLES:
		reading->raw = field->bytes;
		reading->element_lists++;
		return CNNVIZ_OK;
	case FIELD_INT32S:
	case FIELD_INT64S:
	case FIELD_UINT64S:
		reading->element_lists++;
		return CNNVIZ_OK;
	case 8:
		free(reading->tensor->name);
		reading->tensor->name = NULL;
		return wire_text(&reading->message, field, ONNX_MAX_NAME,
				&reading->tensor->name, error);
	case 9:
		reading->raw = field->bytes;
		reading->has_raw = true;
		return wire_expect(&reading->message, field, WIRE_BYTES, error);
	case 13:
		return field->type == WIRE_BYTES
				? read_place(reading, field->bytes, error)
				: CNNVIZ_OK;
	case 14:
		reading->external = field->value == 1;
		return CNNVIZ_OK;
	default:
		return CNNVIZ_OK;
	}
}

/* ---- Elements one by one ------------------------------------------------------- */

/** Arrays that elements written one by one are put into */
struct filling {
	enum weights_dtype dtype; /* of the tensor */
	int64_t count, filled;
	int64_t *integers; /* or NULL */
	double *reals;     /* or NULL */
};

/** Keep an element by its bits, as the field writes them. */
static void keep_element(struct filling *filling, uint32_t field, uint64_t bits)
{
	unsigned char bytes[8];
	int64_t i = filling->filled++;

	if (i >= filling->count) {
		return;
	}
	if (filling->integers != NULL) {
		filling->integers[i] = (int64_t)bits;
		return;
	}
	for (size_t k = 0; k < sizeof(bytes); k++) {
		bytes[k] = (unsigned char)(bits >> 8 * k);
	}
	filling->reals[i] = element_double(field == FIELD_FLOATS ? DTYPE_FLOAT32
					: field == FIELD_DOUBLES ? DTYPE_FLOAT64
								 : filling->dtype,
			bytes);
}

/** Read the elements in one field: all, or one. */
static cnnviz_status fill_from(struct filling *filling, const struct wire_field *field,
		struct error *error)
{
	struct wire numbers = field->bytes;
	size_t size = field->number == FIELD_FLOATS ? 4 : 8;
	bool fixed = field->number == FIELD_FLOATS || field->number == FIELD_DOUBLES;
	cnnviz_status status = CNNVIZ_OK;
	uint64_t bits;

	if (field->type != WIRE_BYTES) {
		keep_element(filling, field->number, field->value);
		return CNNVIZ_OK;
	}
	while (status == CNNVIZ_OK && fixed && wire_length(&numbers) >= size) {
		bits = wire_fixed(&numbers, size);
		keep_element(filling, field->number, bits);
	}
	while (status == CNNVIZ_OK && !fixed && wire_more(&numbers)) {
		status = wire_number(&numbers, &bits, error);
		if (status == CNNVIZ_OK) {
			keep_element(filling, field->number, bits);
		}
	}
	return status;
}

static bool holds_elements(uint32_t field)
{
	return field == FIELD_FLOATS || field == FIELD_INT32S || field == FIELD_INT64S
			|| field == FIELD_DOUBLES || field == FIELD_UINT64S;
}

static cnnviz_status read_elements(struct reading *reading, struct error *error)
{
	struct constant *constant = &reading->tensor->constant;
	/* Each takes a byte of the file, or more. */
	const struct arena_request request = {
		.integers = constant_is_integer(constant),
		.rank = reading->rank,
		.extent = reading->extent,
		.most = (int64_t)reading->file->mapping->size,
	};
	struct filling filling = {
		.dtype = constant->dtype,
		.count = constant_count(constant),
	};
	struct wire wire = reading->message;
	struct wire_field field;
	void *values = NULL;
	cnnviz_status status = arena_array(&reading->file->arena, &request, constant,
			&values, error);

	if (status != CNNVIZ_OK) {
		return error_prefix(error, "tensor \"%.200s\"",
				reading->tensor->name != NULL ? reading->tensor->name
							      : "");
	}
	filling.integers = request.integers ? values : NULL;
	filling.reals = request.integers ? NULL : values;
	while (wire_read(&wire, &field, &status, error)) {
		if (holds_elements(field.number)) {
			status = fill_from(&filling, &field, error);
		}
	}
	if (status == CNNVIZ_OK && filling.filled != filling.count) {
		status = tensor_error(reading,
				"has more or fewer elements than its shape says", error);
	}
	return status;
}

/* ---- Elements side by side ----------------------------------------------------- */

/** Use bytes that lie in a mapped file. */
static cnnviz_status use_bytes(struct reading *reading, struct mapping *mapping,
		const unsigned char *bytes, uint64_t length, struct error *error)
{
	struct constant *constant = &reading->tensor->constant;

	if (length != (uint64_t)constant_count(constant) * dtype_size(constant->dtype)) {
		return tensor_error(reading,
				"has more or fewer bytes than its shape and type need",
				error);
	}
	constant->data = bytes;
	constant->mapping = mapping;
	return CNNVIZ_OK;
}

/** What a path ends in after its folders */
static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool is_beside(const char *path, const char *name)
{
	char *folder = path_folder(path);
	char *whole = path_join(folder, name);
	bool there = access(whole, F_OK) == 0;

	free(whole);
	free(folder);
	return there;
}

/** A file of weights beside the network, mapped once */
static cnnviz_status open_data(struct onnx_file *file, const char *name,
		struct mapping **mapping, struct error *error)
{
	const char *path = file->mapping->path;
	cnnviz_status status;

	for (size_t i = 0; i < file->data_count; i++) {
		if (strcmp(file_name(file->data[i]->path), name) == 0) {
			*mapping = file->data[i];
			return CNNVIZ_OK;
		}
	}
	status = mapping_open_beside(path, name, mapping, error);
	if (status == CNNVIZ_OK) {
		file->data = list_grow(file->data, file->data_count, sizeof(*file->data));
		file->data[file->data_count++] = *mapping;
	} else if (!is_beside(path, name)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s keeps its weights in %s, which is not beside it; "
				"copy "
				"both",
				file_name(path), name);
	}
	return status;
}

static bool is_bare_name(const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0
			&& strcmp(name, "..") != 0;
}

static cnnviz_status use_data_file(struct reading *reading, struct error *error)
{
	const struct constant *constant = &reading->tensor->constant;
	uint64_t needed = (uint64_t)constant_count(constant)
			* dtype_size(constant->dtype);
	struct mapping *mapping;
	cnnviz_status status;

	if (reading->location == NULL || !is_bare_name(reading->location)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"tensor \"%.200s\" is said to lie in \"%.200s\", which "
				"is "
				"not the name of a file beside the network",
				reading->tensor->name != NULL ? reading->tensor->name
							      : "",
				reading->location != NULL ? reading->location : "");
	}
	status = open_data(reading->file, reading->location, &mapping, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (reading->offset > mapping->size || needed > mapping->size - reading->offset) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s is shorter than tensor \"%.200s\" needs: it is cut "
				"off, or of another network",
				mapping->path,
				reading->tensor->name != NULL ? reading->tensor->name
							      : "");
	}
	return use_bytes(reading, mapping, mapping->data + reading->offset,
			reading->has_length ? reading->length : needed, error);
}

/* ---- Tensors ------------------------------------------------------------------- */

/** Find the elements, wherever they are. */
static cnnviz_status find_elements(struct reading *reading, struct error *error)
{
	const struct constant *constant = &reading->tensor->constant;
	bool plain = reading->has_raw
			|| (reading->element_lists == 1 && wire_length(&reading->raw) > 0
					&& (constant->dtype == DTYPE_FLOAT32
							|| constant->dtype
									== DTYPE_FLOAT64));

	if (reading->external) {
		return use_data_file(reading, error);
	}
	if (plain || constant_count(constant) == 0) {
		return use_bytes(reading, reading->file->mapping, reading->raw.at,
				wire_length(&reading->raw), error);
	}
	return read_elements(reading, error);
}

static cnnviz_status finish(struct reading *reading, struct error *error)
{
	struct onnx_tensor *tensor = reading->tensor;
	size_t known = sizeof(types) / sizeof(*types);
	cnnviz_status status;

	tensor->constant.dtype = reading->type >= 0 && reading->type < (int64_t)known
			? types[reading->type]
			: DTYPE_COUNT;
	if (tensor->constant.dtype >= DTYPE_COMPLEX64) {
		tensor->fault = "has elements that are not numbers of 8 bits or more";
		return CNNVIZ_OK;
	}
	status = constant_set_shape(&tensor->constant, reading->rank, reading->extent,
			error);
	if (status != CNNVIZ_OK) {
		return error_prefix(error, "tensor \"%.200s\"", tensor->name);
	}
	return find_elements(reading, error);
}

cnnviz_status tensor_read(struct onnx_file *file, struct wire wire,
		struct onnx_tensor *tensor, struct error *error)
{
	struct reading reading = {
		.file = file,
		.message = wire,
		.tensor = tensor,
		.raw = { wire.file, wire.at, wire.at },
	};
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		status = read_field(&reading, &field, error);
	}
	if (tensor->name == NULL) {
		tensor->name = memory_text("");
	}
	if (status == CNNVIZ_OK) {
		status = finish(&reading, error);
	}
	free(reading.location);
	return status;
}

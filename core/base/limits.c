/**
 * \file    base/limits.c
 * \brief   How much a file may ask for: one table, which [run] can change
 */
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

/** The part of a key before the limit's name */
#define PREFIX "limits."

const cnnviz_parameter limit_parameters[LIMIT_COUNT] = {
	[LIMIT_FILE_BYTES] = {
		.name = PREFIX "file_bytes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "274877906944",
		.minimum = 1,
		.maximum = 9007199254740991,
		.unit = "bytes",
		.summary = "largest file that is read, such as one of weights",
	},
	[LIMIT_TEXT_BYTES] = {
		.name = PREFIX "text_bytes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "16777216",
		.minimum = 1,
		.maximum = 1099511627776,
		.unit = "bytes",
		.summary = "largest INI file or list of pictures",
	},
	[LIMIT_INI_LINES] = {
		.name = PREFIX "ini_lines",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1000000",
		.minimum = 1,
		.maximum = 2147483648,
		.unit = "lines",
		.summary = "most lines of an INI file",
	},
	[LIMIT_JOBS] = {
		.name = PREFIX "jobs",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "4096",
		.minimum = 1,
		.maximum = 1000000,
		.unit = "jobs",
		.summary = "most jobs of an INI file",
	},
	[LIMIT_PICTURES] = {
		.name = PREFIX "pictures",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1000000",
		.minimum = 1,
		.maximum = 2147483648,
		.unit = "pictures",
		.summary = "most pictures of a run",
	},
	[LIMIT_PICTURE_PIXELS] = {
		.name = PREFIX "picture_pixels",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "67108864",
		.minimum = 1,
		.maximum = 1073741824,
		.unit = "pixels",
		.summary = "most pixels of a picture that is read",
	},
	[LIMIT_PICTURE_BYTES] = {
		.name = PREFIX "picture_bytes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "671088640",
		.minimum = 1,
		.maximum = 1099511627776,
		.unit = "bytes",
		.summary = "most memory to decode a picture",
	},
	[LIMIT_TENSORS] = {
		.name = PREFIX "tensors",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "131072",
		.minimum = 1,
		.maximum = 2147483648,
		.unit = "tensors",
		.summary = "most tensors of a weights or network file",
	},
	[LIMIT_TENSOR_BYTES] = {
		.name = PREFIX "tensor_bytes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "17179869184",
		.minimum = 1,
		.maximum = 9007199254740991,
		.unit = "bytes",
		.summary = "largest tensor of weights, as float32",
	},
	[LIMIT_HEADER_BYTES] = {
		.name = PREFIX "header_bytes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "100000000",
		.minimum = 1,
		.maximum = 1099511627776,
		.unit = "bytes",
		.summary = "largest description of tensors in a .safetensors file, or of a network in a .pt2 file",
	},
	[LIMIT_ZIP_ENTRIES] = {
		.name = PREFIX "zip_entries",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "262144",
		.minimum = 1,
		.maximum = 2147483648,
		.unit = "records",
		.summary = "most records of a zip archive, as .pth and .pt2 files are",
	},
	[LIMIT_PICKLE_VALUES] = {
		.name = PREFIX "pickle_values",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "4194304",
		.minimum = 1,
		.maximum = 2147483648,
		.unit = "values",
		.summary = "most values in the pickle of a weights file; of entries in lists and dicts there may be twice as many",
	},
	[LIMIT_NESTING] = {
		.name = PREFIX "nesting",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "2048",
		.minimum = 1,
		.maximum = 1048576,
		.unit = "levels",
		.summary = "deepest nesting in the pickle of a weights file, and in files of JSON, where 2048 is the most",
	},
	[LIMIT_NODES] = {
		.name = PREFIX "nodes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "100000",
		.minimum = 1,
		.maximum = 2147483648,
		.unit = "nodes",
		.summary = "most nodes of a network in an ONNX or .pt2 file",
	},
	[LIMIT_OUTPUT_BYTES] = {
		.name = PREFIX "output_bytes",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "1099511627776",
		.minimum = 1,
		.maximum = 9007199254740991,
		.unit = "bytes",
		.summary = "most bytes that a process writes into the folder of results",
	},
};

const char *const limit_keys[LIMIT_COUNT + 1] = {
	[LIMIT_FILE_BYTES] = PREFIX "file_bytes",
	[LIMIT_TEXT_BYTES] = PREFIX "text_bytes",
	[LIMIT_INI_LINES] = PREFIX "ini_lines",
	[LIMIT_JOBS] = PREFIX "jobs",
	[LIMIT_PICTURES] = PREFIX "pictures",
	[LIMIT_PICTURE_PIXELS] = PREFIX "picture_pixels",
	[LIMIT_PICTURE_BYTES] = PREFIX "picture_bytes",
	[LIMIT_TENSORS] = PREFIX "tensors",
	[LIMIT_TENSOR_BYTES] = PREFIX "tensor_bytes",
	[LIMIT_HEADER_BYTES] = PREFIX "header_bytes",
	[LIMIT_ZIP_ENTRIES] = PREFIX "zip_entries",
	[LIMIT_PICKLE_VALUES] = PREFIX "pickle_values",
	[LIMIT_NESTING] = PREFIX "nesting",
	[LIMIT_NODES] = PREFIX "nodes",
	[LIMIT_OUTPUT_BYTES] = PREFIX "output_bytes",
	[LIMIT_COUNT] = NULL,
};

/** What [run] has set; 0: the default */
static int64_t chosen[LIMIT_COUNT];

int64_t limit_get(enum limit limit)
{
	return chosen[limit] > 0
			? chosen[limit]
			: strtoll(limit_parameters[limit].default_value, NULL, 10);
}

void limit_set(enum limit limit, int64_t value)
{
	chosen[limit] = value;
}

struct limits limits_keep(void)
{
	struct limits limits;

	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		limits.values[i] = chosen[i];
	}
	return limits;
}

void limits_put_back(const struct limits *limits)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		chosen[i] = limits->values[i];
	}
}

void limits_reset(void)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		chosen[i] = 0;
	}
}

cnnviz_status limit_check(enum limit limit, uint64_t amount, struct error *error,
		const char *format, ...)
{
	const cnnviz_parameter *parameter = &limit_parameters[limit];
	char subject[512];
	va_list arguments;

	if (amount <= (uint64_t)limit_get(limit)) {
		return CNNVIZ_OK;
	}
	va_start(arguments, format);
	vsnprintf(subject, sizeof(subject), format, arguments);
	va_end(arguments);
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"%s more than %lld %s; if that is meant, raise %s in [run]",
			subject, (long long)limit_get(limit), parameter->unit,
			parameter->name);
}

uint64_t limit_product(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

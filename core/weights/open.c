/**
 * \file    weights/open.c
 * \brief   Opening a weights file, whatever its format
 */
#include "weights/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/entry.h"
#include "weights/safetensors.h"
#include "weights/torch_file.h"

/* ---- The tensors' names --------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cnnviz_status check_group(const struct weights *weights,
		const struct weights_group *group, struct error *error)
{
	const char **names = memory_new(group->count, sizeof(*names));
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < group->count; i++) {
		names[i] = weights->tensors[group->first + i].name;
	}
	qsort(names, group->count, sizeof(*names), compare_names);
	for (size_t i = 1; i < group->count && status == CNNVIZ_OK; i++) {
		if (strcmp(names[i - 1], names[i]) == 0) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"it has two tensors named \"%.100s\"", names[i]);
		}
	}
	free(names);
	return status;
}

/** There are tensors, and no two of a group have the same name. */
static cnnviz_status check_names(const struct weights *weights, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (weights->count == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "it has no tensors");
	}
	for (size_t i = 0; i < weights->group_count && status == CNNVIZ_OK; i++) {
		status = check_group(weights, &weights->groups[i], error);
	}
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
	weights_start_group(result, "");
	status = read_by_format(result, error);
	weights_end_group(result);
	if (status == CNNVIZ_OK) {
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

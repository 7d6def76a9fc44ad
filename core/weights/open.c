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
#include "weights/stranger.h"
#include "weights/torch_file.h"

/* ---- The tensors' names -------------------------------------------------------- */

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

typedef cnnviz_status (*format_reader)(struct weights *weights, struct error *error);

/** What reads a file's format; NULL: it is none of weights */
static format_reader find_reader(const unsigned char *data, size_t size)
{
	if (size >= 4
			&& (memcmp(data, "PK\3\4", 4) == 0
					|| memcmp(data, "PK\5\6", 4) == 0)) {
		return torch_zip_read;
	}
	if (size >= 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5) {
		return torch_stream_read;
	}
	return size > 8 && data[8] == '{' ? safetensors_read : NULL;
}

bool weights_are_here(const unsigned char *data, size_t size)
{
	return find_reader(data, size) != NULL && stranger_in_data(data, size) == NULL;
}

static cnnviz_status read_by_format(struct weights *weights, struct error *error)
{
	const unsigned char *data = weights->mapping->data;
	size_t size = weights->mapping->size;
	format_reader reader = find_reader(data, size);

	if (size == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "it is empty");
	}
	if (reader != NULL) {
		return reader(weights, error);
	}
	return stranger_refuse(stranger_in_data(data, size),
			"this is not a weights file of a known format (torch.save or "
			"safetensors)",
			error);
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

/**
 * \file    weights/weights_dump.c
 * \brief   Prints and writes the tensors of a weights file, for comparison with other
 *                     readers
 *
 *     weights_dump FILE FOLDER
 *
 * prints a line per tensor, "INDEX NAME DTYPE SHAPE mapped|copied|empty", and writes
 * each that has elements to FOLDER/INDEX.npy. Exits with 1 and the loader's message for
 * a file that is refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/npy.h"
#include "base/tensor.h"
#include "weights/open.h"

static void print_shape(const struct weights_tensor *entry)
{
	putchar('[');
	for (uint32_t i = 0; i < entry->rank; i++) {
		printf("%s%" PRId64, i > 0 ? "," : "", entry->shape[i]);
	}
	putchar(']');
}

static bool is_empty(const struct weights_tensor *entry)
{
	for (uint32_t i = 0; i < entry->rank; i++) {
		if (entry->shape[i] == 0) {
			return true;
		}
	}
	return false;
}

static bool is_mapped(const struct weights *weights, const cnnviz_tensor *tensor)
{
	uintptr_t at = (uintptr_t)tensor_data(tensor);
	uintptr_t start = (uintptr_t)weights->mapping->data;

	return at >= start && at < start + weights->mapping->size;
}

static cnnviz_status dump_tensor(struct weights *weights, size_t i, const char *folder,
		struct error *error)
{
	struct weights_tensor *entry = &weights->tensors[i];
	const cnnviz_tensor *tensor;
	char path[4096];
	cnnviz_status status;

	printf("%zu %s %s ", i, entry->name, entry->dtype);
	print_shape(entry);
	if (is_empty(entry)) {
		puts(" empty");
		return CNNVIZ_OK;
	}
	status = weights_get(weights, entry, &tensor, error);
	if (status != CNNVIZ_OK) {
		putchar('\n');
		return status;
	}
	puts(is_mapped(weights, tensor) ? " mapped" : " copied");
	snprintf(path, sizeof(path), "%s/%zu.npy", folder, i);
	return npy_write(path, tensor, error);
}

int main(int argc, char **argv)
{
	struct weights *weights = NULL;
	struct error error;
	cnnviz_status status;

	if (argc != 3) {
		fprintf(stderr, "usage: %s FILE FOLDER\n", argv[0]);
		return 99;
	}
	status = weights_open(argv[1], &weights, &error);
	for (size_t i = 0; status == CNNVIZ_OK && i < weights->count; i++) {
		status = dump_tensor(weights, i, argv[2], &error);
	}
	if (status != CNNVIZ_OK) {
		fprintf(stderr, "%s\n", error.text);
	}
	weights_free(weights);
	return status == CNNVIZ_OK ? 0 : 1;
}

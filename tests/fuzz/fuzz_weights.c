/**
 * \file    fuzz/fuzz_weights.c
 * \brief   Any bytes as a weights file: an error or tensors, nothing else
 *
 * With clang: link this file with -fsanitize=fuzzer,address,undefined. Without a
 * fuzzer, fuzz_main.c calls it over files and mutations of them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"
#include "weights/entry.h"
#include "weights/open.h"
#include "weights/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Elements of one tensor beyond which reading them all teaches nothing more */
#define COUNT_MAX 65536

static bool is_small(const struct weights_tensor *entry)
{
	int64_t count = 1;

	for (uint32_t i = 0; i < entry->rank; i++) {
		if (entry->shape[i] > COUNT_MAX / count) {
			return false;
		}
		if (entry->shape[i] > 0) {
			count *= entry->shape[i];
		}
	}
	return true;
}

static void read_tensor(struct weights *weights, struct weights_tensor *entry)
{
	const cnnviz_tensor *tensor;
	struct error error = { CNNVIZ_OK, "" };
	volatile float sink = 0.0F;

	if (weights_get(weights, entry, &tensor, &error) != CNNVIZ_OK) {
		if (error.text[0] == '\0') {
			abort();
		}
		return;
	}
	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		sink = tensor_data(tensor)[i];
	}
	(void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weights *weights = NULL;
	struct error error = { CNNVIZ_OK, "" };
	unsigned char *copy = malloc(size > 0 ? size : 1);
	char path[] = "input";
	/* One reference is kept here, so that the loader never unmaps. */
	struct mapping mapping = { copy, size, path, 1, false, NULL };

	if (copy == NULL) {
		return 0;
	}
	if (size > 0) {
		memcpy(copy, data, size);
	}
	if (weights_read(&mapping, &weights, &error) == CNNVIZ_OK) {
		for (size_t i = 0; i < weights->count && i < 1000; i++) {
			if (is_small(&weights->tensors[i])) {
				read_tensor(weights, &weights->tensors[i]);
			}
		}
		weights_free(weights);
	} else if (error.text[0] == '\0') {
		abort();
	}
	if (mapping.references != 1 || tensor_live_count() != 0) {
		abort();
	}
	free(copy);
	return 0;
}

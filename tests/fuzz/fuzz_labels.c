/**
 * \file    fuzz/fuzz_labels.c
 * \brief   Any bytes as a file of classes' names: an error or names, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/label_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = { CNNVIZ_OK, "" };
	unsigned char *copy = malloc(size > 0 ? size : 1);
	char path[] = "input.labels";
	struct mapping mapping = { copy, size, path, 1, false, NULL };
	char **labels = NULL;
	size_t count = 0;

	if (copy == NULL) {
		return 0;
	}
	memcpy(copy, data, size);

	/* Escapes must not make of text what is none. */
	char *whole = memory_text_n((const char *)data, size);
	bool text = text_is_utf8(whole) && strlen(whole) == size;

	free(whole);
	cnnviz_status status = label_file_read(&mapping, &labels, &count, &error);

	fuzz_check_error(status, &error);
	if (status != CNNVIZ_OK && (labels != NULL || count != 0)) {
		abort();
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		if (text && !text_is_utf8(labels[i])) {
			abort();
		}
		free(labels[i]);
	}
	free(status == CNNVIZ_OK ? labels : NULL);
	free(copy);
	return 0;
}

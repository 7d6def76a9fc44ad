/**
 * \file    fuzz/fuzz_import.h
 * \brief   Any bytes as a network file: problems or a network with its weights, nothing else
 */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"
#include "graph/graph.h"
#include "graph/import_options.h"
#include "weights/weights.h"

/** Elements of one tensor beyond which reading them all teaches nothing more */
#define COUNT_MAX 65536

typedef struct graph *fuzz_importer(struct mapping *mapping,
		const struct import_options *options, struct weights **weights,
		struct problems *problems);

static inline void read_tensors(struct weights *weights)
{
	for (size_t i = 0; i < weights->count; i++) {
		struct weights_tensor *entry = &weights->tensors[i];
		const cnnviz_tensor *tensor;
		struct error error = { CNNVIZ_OK, "" };
		volatile float sink = 0.0F;

		if (weights_get(weights, entry, &tensor, &error) != CNNVIZ_OK) {
			if (error.text[0] == '\0') {
				abort();
			}
			continue;
		}
		for (int64_t k = 0; k < tensor_count(tensor) && k < COUNT_MAX; k++) {
			sink = tensor_data(tensor)[k];
		}
		(void)sink;
	}
}

/** Import bytes under a name, and read all weights that come of it. */
static inline int fuzz_import(const uint8_t *data, size_t size, char *path,
		fuzz_importer *importer)
{
	static const struct import_options options = { .output = NULL };
	struct problems problems = { 0 };
	struct weights *weights = NULL;
	unsigned char *copy = malloc(size > 0 ? size : 1);
	/* One reference is kept here, so that the importer never unmaps. */
	struct mapping mapping = { copy, size, path, 1, false, NULL };
	struct graph *graph;

	if (copy == NULL) {
		return 0;
	}
	if (size > 0) {
		memcpy(copy, data, size);
	}
	graph = importer(&mapping, &options, &weights, &problems);
	if ((graph != NULL) == (problems.count > 0)
			|| (graph != NULL) != (weights != NULL)) {
		abort();
	}
	if (weights != NULL) {
		read_tensors(weights);
	}
	weights_free(weights);
	graph_free(graph);
	problems_free(&problems);
	if (mapping.references != 1 || tensor_live_count() != 0) {
		abort();
	}
	free(copy);
	return 0;
}

#endif

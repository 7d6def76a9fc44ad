/**
 * \file    fuzz/fuzz_network.c
 * \brief   Any bytes as a network's description: problems or a graph, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include "graph/graph.h"
#include "graph/import_ini.h"
#include "graph/import_options.h"
#include "weights/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct import_options options = { .output = NULL };
	struct fuzz_file file = fuzz_file_open(data, size);
	struct problems problems = { 0 };
	struct weights *weights = NULL;
	struct graph *graph = graph_import_ini(file.path, &options, &weights, &problems);

	if (graph == NULL && problems.count == 0) {
		abort();
	}
	weights_free(weights);
	graph_free(graph);
	problems_free(&problems);
	fuzz_file_close(&file);
	return 0;
}

/**
 * \file    graph/pt2/import.c
 * \brief   Imports networks from files of torch.export.save(), with their weights
 */
#include "graph/pt2/import.h"

#include "graph/onnx/import.h"
#include "graph/pt2/program.h"

struct graph *pt2_import(struct mapping *mapping, const struct import_options *options,
		struct weights **weights, struct problems *problems)
{
	struct onnx_file file = { .mapping = mapping_ref(mapping) };
	struct pt2_archive archive;
	struct graph *graph = NULL;
	struct error error;
	cnnviz_status status = pt2_archive_open(mapping, &archive, &error);

	if (status == CNNVIZ_OK) {
		status = pt2_program_read(&archive, &file, &error);
	}
	if (status == CNNVIZ_OK) {
		graph = onnx_import_file(&file, options, weights, problems);
	} else {
		problems_add(problems, NULL, 0, "model", "architecture", "%s: %s",
				mapping->path, error.text);
	}
	onnx_file_free(&file);
	pt2_archive_close(&archive);
	return graph;
}

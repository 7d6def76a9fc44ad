/**
 * \file    graph/network_files.c
 * \brief   Kinds of files that hold a whole network with its weights
 */
#include "graph/network_files.h"

#include "graph/onnx/import.h"
#include "graph/pt2/archive.h"
#include "graph/pt2/import.h"

static const struct network_file files[] = {
	{ "ONNX networks", ".onnx", onnx_probe, onnx_import },
	{ "programs of torch.export", ".pt2", pt2_probe, pt2_import },
};

#define FILE_COUNT (sizeof(files) / sizeof(*files))

const struct network_file *network_file_at(size_t index)
{
	return index < FILE_COUNT ? &files[index] : NULL;
}

const struct network_file *network_file_find(const unsigned char *head, size_t size)
{
	for (size_t i = 0; i < FILE_COUNT && size > 0; i++) {
		if (files[i].probe(head, size)) {
			return &files[i];
		}
	}
	return NULL;
}

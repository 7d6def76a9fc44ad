/**
 * \file    graph/onnx/ports.h
 * \brief   The input and the output of the network in a file
 */
#ifndef ONNX_PORTS_H
#define ONNX_PORTS_H

#include "graph/import_options.h"
#include "graph/onnx/check.h"

/** How the network takes pictures */
struct onnx_input {
	const char *name; /* of the array */
	int channels;
	int64_t size[2]; /* height, width */
	bool channels_last;
	bool bytes; /* pixels are 0 to 255 */
};

/**
 * \brief   Find the input
 *
 * Errors: several inputs; one that is no picture, of a batch, or of open size.
 */
cnnviz_status onnx_find_input(const struct onnx_file *file,
		const struct name_index *makers, const struct import_options *options,
		struct onnx_input *input, struct error *error);

/**
 * \brief   Find the array that the network ends at, before any probabilities
 *
 * \param   name    Borrowed
 * \param   sigmoid Whether the probabilities are sigmoids
 *
 * Errors: several outputs and none chosen; one that is not there.
 */
cnnviz_status onnx_find_output(const struct onnx_file *file,
		const struct name_index *makers, const struct import_options *options,
		const char **name, bool *sigmoid, struct error *error);

#endif

/**
 * \file    graph/onnx/ports.c
 * \brief   The input and the output of the network in a file
 */
#include "graph/onnx/ports.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/metadata.h"
#include "graph/preprocessor.h"

/* ---- The input ----------------------------------------------------------------- */

/** The only input that is not an initializer */
static cnnviz_status find_port(const struct onnx_file *file,
		const struct name_index *makers, const struct onnx_port **port,
		struct error *error)
{
	*port = NULL;
	for (size_t i = 0; i < file->input_count; i++) {
		const int64_t *maker = name_index_find(makers, file->inputs[i].name);

		if (*maker != ONNX_MAKER_INPUT) {
			continue;
		}
		if (*port != NULL) {
			return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"it has several inputs, such as \"%.100s\" and "
					"\"%.100s\"; cnnviz takes networks of one "
					"picture",
					(*port)->name, file->inputs[i].name);
		}
		*port = &file->inputs[i];
	}
	return *port != NULL ? CNNVIZ_OK
			     : error_set(error, CNNVIZ_ERROR_INPUT, "it has no input");
}

static bool is_color(int64_t channels)
{
	return channels == 1 || channels == 3;
}

/**
 * Whether the last of batch, two more and one axis are the channels: by numbers that
 * channels have, colors before opacity, or after two extents that are alike
 */
static bool channels_are_last(const int64_t *extent)
{
	if (is_color(extent[1]) || is_color(extent[3])) {
		return !is_color(extent[1]);
	}
	if (extent[1] == 4 || extent[3] == 4) {
		return extent[1] != 4;
	}
	return extent[1] == extent[2] && extent[2] != extent[3];
}

/**
 * Read height and width: the user's, or the file's, or where it leaves them open those of
 * its metadata or of what lies beside it.
 */
static cnnviz_status read_size(const struct onnx_file *file, const struct onnx_port *port,
		const struct import_options *options, struct onnx_input *input,
		struct error *error)
{
	int64_t said[2] = { -1, -1 };

	preprocessor_read_size(file->mapping->path, said);
	onnx_metadata_size(file, said);
	for (int d = 0; d < 2; d++) {
		int64_t own = port->extent[(input->channels_last ? 1 : 2) + d];

		input->size[d] = options->input_size[d] > 0 ? options->input_size[d]
				: own >= 0                  ? own
							    : said[d];
		if (input->size[d] < 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its input \"%.100s\" may have any size; give "
					"the "
					"usual one with input_size = HEIGHT WIDTH in "
					"[model]",
					port->name);
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status onnx_find_input(const struct onnx_file *file,
		const struct name_index *makers, const struct import_options *options,
		struct onnx_input *input, struct error *error)
{
	const struct onnx_port *port;
	cnnviz_status status = find_port(file, makers, &port, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!port->shaped || port->rank != 4) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"its input \"%.100s\" has %" PRIu32
				" dimensions, not batch, channels, height and width",
				port->name, port->rank);
	}
	if (port->extent[0] > 1) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"it was exported for batches of %" PRId64
				"; export it for one picture",
				port->extent[0]);
	}
	*input = (struct onnx_input){
		.name = port->name,
		.channels_last = channels_are_last(port->extent),
		.bytes = port->type == ONNX_UINT8,
	};
	int64_t channels = port->extent[input->channels_last ? 3 : 1];

	if (channels < 1 || channels > INPUT_CHANNELS_MAX) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"its input \"%.100s\" has no number of channels from 1 "
				"to %d, first or last",
				port->name, INPUT_CHANNELS_MAX);
	}
	input->channels = (int)channels;
	return read_size(file, port, options, input, error);
}

/* ---- The output ---------------------------------------------------------------- */

/** An array by its name, or by that of the node that makes it; NULL without */
static const char *find_array(const struct onnx_file *file,
		const struct name_index *makers, const char *name)
{
	const int64_t *maker = name_index_find(makers, name);

	if (maker != NULL) {
		return *maker >= 0 ? name : NULL;
	}
	for (size_t i = 0; i < file->node_count; i++) {
		if (strcmp(file->nodes[i].name, name) == 0) {
			return file->nodes[i].outputs[0];
		}
	}
	return NULL;
}

static char *list_outputs(const struct onnx_file *file)
{
	char *text = memory_text("");

	for (size_t i = 0; i < file->output_count; i++) {
		char *longer = memory_format("%s%s%.60s", text, i > 0 ? ", " : "",
				file->outputs[i].name);

		free(text);
		text = longer;
	}
	return text;
}

/** The only output, or the one that the user names */
static cnnviz_status choose_output(const struct onnx_file *file,
		const struct name_index *makers, const struct import_options *options,
		const char **name, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	char *list = list_outputs(file);

	*name = NULL;
	if (options->output != NULL) {
		*name = find_array(file, makers, options->output);
		if (*name == NULL) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"no node makes an array \"%.100s\"; its outputs "
					"are "
					"%.600s",
					options->output, list);
		}
	} else if (file->output_count == 1) {
		*name = find_array(file, makers, file->outputs[0].name);
		if (*name == NULL) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"no node makes its output \"%.200s\"",
					file->outputs[0].name);
		}
	} else {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"it has %zu outputs (%.600s); choose one with output = "
				"NAME "
				"in [model]",
				file->output_count, list);
	}
	free(list);
	return status;
}

/** Whether an operator turns scores into probabilities, or changes nothing */
static bool follows_scores(const struct onnx_node *node)
{
	static const char *const operators[] = { "ArgMax", "Identity", "LogSoftmax",
		"Sigmoid", "Softmax" };

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		if (strcmp(node->operator, operators[i]) == 0) {
			return true;
		}
	}
	return false;
}

cnnviz_status onnx_find_output(const struct onnx_file *file,
		const struct name_index *makers, const struct import_options *options,
		const char **name, bool *sigmoid, struct error *error)
{
	cnnviz_status status;
	const int64_t *maker;

	*sigmoid = false;
	*name = options->output == NULL && options->logits != NULL
			? find_array(file, makers, options->logits)
			: NULL;
	if (*name != NULL) {
		return CNNVIZ_OK;
	}
	status = choose_output(file, makers, options, name, error);
	while (status == CNNVIZ_OK) {
		maker = name_index_find(makers, *name);
		if (*maker < 0 || !follows_scores(&file->nodes[*maker])
				|| file->nodes[*maker].input_count == 0) {
			break;
		}
		*sigmoid = *sigmoid
				|| strcmp(file->nodes[*maker].operator, "Sigmoid") == 0;
		*name = file->nodes[*maker].inputs[0];
	}
	return status;
}

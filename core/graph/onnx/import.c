/**
 * \file    graph/onnx/import.c
 * \brief   Imports networks from ONNX files, with their weights
 */
#include "graph/onnx/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/check.h"
#include "graph/onnx/detections.h"
#include "graph/onnx/metadata.h"
#include "graph/onnx/operators.h"
#include "graph/onnx/path.h"
#include "graph/onnx/ports.h"
#include "graph/onnx/tally.h"
#include "graph/preprocessor.h"

/** Bytes of computed constants for each byte that the file has, with those beside it */
#define ALLOWANCE 16

/** An import under way */
struct import {
	struct onnx_file *file;
	struct name_index makers;
	struct onnx_input input;
	const char *output; /* the array that the network ends at */
	struct conversion conversion;
	struct tally missing;
	struct problems *problems;
	struct error error;
};

bool onnx_probe(const unsigned char *head, size_t size)
{
	/* ir_version, a small number, and then any other field of ModelProto. Files of
	 * version 1 are older than all that is read; SavedModel begins like one. */
	return size > 4 && head[0] == 0x08 && head[1] > 1 && head[1] < 0x40
			&& head[2] != 0x00
			&& strchr("\x12\x1a\x22\x28\x32\x3a\x42\x72", head[2]);
}

/* ---- Before the nodes ---------------------------------------------------------- */

static struct graph *new_graph(const struct mapping *mapping,
		const struct onnx_input *input, const struct import_options *options)
{
	struct graph *graph = memory_new(1, sizeof(*graph));

	graph->name = path_stem(mapping->path);
	graph->source = memory_text(mapping->path);
	graph->normalization = normalization_none(input->channels);
	if (input->bytes) {
		graph->normalization.scale = 255;
	}
	graph->pixels_unknown = !preprocessor_read(mapping->path, &graph->normalization)
			&& !input->bytes;
	graph->class_names = config_read_labels(mapping->path);
	memcpy(graph->input_size, input->size, sizeof(graph->input_size));
	/* The word stands for the logits found, so an array of that name is the end alone. */
	if (options->logits != NULL && strcmp(options->logits, "logits") != 0) {
		graph->logits_layer = memory_text(options->logits);
	}
	return graph;
}

/** The initializers, and the picture */
static void set_given(struct import *import)
{
	static const int64_t last[] = { 0, 2, 3, 1 };
	struct conversion *conversion = &import->conversion;
	struct view view = view_whole(0, build_shape(&conversion->build, 0));

	for (size_t i = 0; i < import->file->tensor_count; i++) {
		const struct onnx_tensor *tensor = &import->file->tensors[i];

		*onnx_value_of(conversion, tensor->name) = (struct value){
			.kind = tensor->fault == NULL ? VALUE_CONSTANT : VALUE_UNKNOWN,
			.fault = tensor->fault,
			.constant = tensor->constant,
		};
	}
	if (import->input.channels_last) {
		view = view_permuted(&view, last);
	}
	*onnx_value_of(conversion, import->input.name) = (struct value){
		.kind = VALUE_LIVE,
		.view = view,
	};
	build_alias(&conversion->build, 0, import->input.name);
}

static void count_uses(struct import *import)
{
	for (size_t i = 0; i < import->file->node_count; i++) {
		const struct onnx_node *node = &import->file->nodes[i];

		for (size_t k = 0; k < node->input_count; k++) {
			++*name_index_add(&import->conversion.uses, node->inputs[k],
					NULL);
		}
	}
}

/* ---- Nodes --------------------------------------------------------------------- */

/** Whether all inputs are constants; false with *unknown if one was not made */
static bool all_constant(const struct conversion *conversion, bool *unknown)
{
	bool constant = true;

	*unknown = false;
	for (size_t i = 0; i < conversion->node->input_count; i++) {
		const struct value *value = onnx_input_at(conversion, i);
		bool missing = value == NULL && conversion->node->inputs[i][0] != '\0';

		*unknown = *unknown || missing
				|| (value != NULL && value->kind == VALUE_UNKNOWN);
		constant = constant && !missing
				&& (value == NULL || value->kind == VALUE_CONSTANT);
	}
	return constant;
}

/** Why the node cannot be converted: an input is a tensor that cannot be used; or NULL */
static const char *input_fault(const struct conversion *conversion)
{
	const char *fault = NULL;

	for (size_t i = 0; i < conversion->node->input_count && fault == NULL; i++) {
		const struct value *value = onnx_input_at(conversion, i);

		fault = value != NULL ? value->fault : NULL;
	}
	return fault;
}

/** Convert the node; *clause of the error is about it */
static cnnviz_status convert(struct import *import, bool constant)
{
	struct conversion *conversion = &import->conversion;
	const struct onnx_operator *row = onnx_operator_find(conversion->node);
	cnnviz_status status;

	import->error.text[0] = '\0';
	if (row == NULL) {
		return CNNVIZ_ERROR_UNSUPPORTED;
	}
	conversion->path = onnx_path(import->file, conversion->node);
	status = constant && row->fold != NULL ? row->fold(conversion, &import->error)
			: row->convert != NULL ? row->convert(conversion, &import->error)
					       : CNNVIZ_ERROR_UNSUPPORTED;
	free(conversion->path);
	conversion->path = NULL;
	return status;
}

/** An operator with its domain, unless it is ONNX's own; malloc'ed */
static char *operator_text(const struct onnx_node *node)
{
	return onnx_is_standard(node)
			? memory_text(node->operator)
			: memory_format("%s.%s", node->domain, node->operator);
}

static cnnviz_status convert_node(struct import *import, const struct onnx_node *node)
{
	struct conversion *conversion = &import->conversion;
	const struct error *error = &import->error;
	const char *stranger = onnx_stranger(node), *fault;
	bool unknown, constant;
	cnnviz_status status;
	char *operator;

	if (stranger != NULL) {
		return error_set(&import->error, CNNVIZ_ERROR_UNSUPPORTED,
				"it %s (%.100s at %.200s)", stranger, node->operator,
				onnx_label(node));
	}
	conversion->node = node;
	constant = all_constant(conversion, &unknown);
	fault = input_fault(conversion);
	if (fault != NULL) {
		status = onnx_refuse(&import->error, "of a tensor that %s", fault);
	} else if (unknown && onnx_operator_find(node) != NULL) {
		return CNNVIZ_OK;
	} else {
		status = convert(import, constant);
	}
	if (status == CNNVIZ_ERROR_UNSUPPORTED) {
		operator= operator_text(node);
		tally_add(&import->missing, operator, error->text, onnx_label(node));
		free(operator);
		return CNNVIZ_OK;
	}
	return status == CNNVIZ_OK ? status
				   : error_prefix(&import->error, "node %.200s (%.100s)",
						   onnx_label(node), node->operator);
}

static cnnviz_status convert_nodes(struct import *import)
{
	bool *needed = onnx_needed(import->file, &import->makers, import->output);
	cnnviz_status status = CNNVIZ_OK;
	char *text;

	for (size_t i = 0; i < import->file->node_count && status == CNNVIZ_OK; i++) {
		if (needed[i]) {
			status = convert_node(import, &import->file->nodes[i]);
		}
	}
	free(needed);
	if (status == CNNVIZ_OK && import->missing.count > 0) {
		text = tally_text(&import->missing);
		problems_add(import->problems, NULL, 0, "model", "architecture",
				"%s: it needs what cnnviz does not have yet: %s",
				import->file->mapping->path, text);
		free(text);
		return CNNVIZ_ERROR_UNSUPPORTED;
	}
	return status;
}

/* ---- After the nodes ----------------------------------------------------------- */

/** The output as a node: scores in a row, a map for each class, or boxes and their scores */
static cnnviz_status find_logits(struct import *import,
		const struct import_options *options, int32_t *node)
{
	struct conversion *conversion = &import->conversion;
	const struct value *value = onnx_value_of(conversion, import->output);
	const struct graph_shape *shape;
	cnnviz_status status = onnx_complete(conversion, import->output, &import->error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (value->kind != VALUE_LIVE || value->view.node == 0) {
		return error_set(&import->error, CNNVIZ_ERROR_INPUT,
				"its output \"%.200s\" does not depend on the picture",
				import->output);
	}
	if (options->logits == NULL
			&& onnx_is_detector(import->file, options, import->input.size,
					&value->view)) {
		status = onnx_add_detections(conversion, &value->view, node,
				&import->error);
		return status == CNNVIZ_OK
				? status
				: error_prefix(&import->error, "its output \"%.200s\"",
						import->output);
	}
	shape = build_shape(&conversion->build, value->view.node);
	if (shape->rank == 3 && shape->extent[1] * shape->extent[2] > 1
			&& view_is_whole(&value->view, shape)) {
		*node = value->view.node;
		return CNNVIZ_OK;
	}
	status = view_is_in_order(&value->view)
			? onnx_view_row(conversion, &value->view, node, &import->error)
			: CNNVIZ_ERROR_UNSUPPORTED;
	return status == CNNVIZ_OK ? status
				   : error_set(&import->error, CNNVIZ_ERROR_UNSUPPORTED,
						   "its output \"%.200s\" is neither a "
						   "row of scores nor a map "
						   "for each class; choose an earlier "
						   "array with output = NAME "
						   "in [model]",
						   import->output);
}

/** What the user says of the output, or the file where the user says nothing */
static struct import_options add_metadata(const struct onnx_file *file,
		const struct import_options *options)
{
	struct import_options all = *options;

	if (all.output == NULL && all.logits == NULL) {
		all.output = onnx_property(file, "cnnviz.output");
		all.logits = onnx_property(file, "cnnviz.logits");
	}
	return all;
}

static cnnviz_status import_file(struct import *import,
		const struct import_options *given, struct graph **graph,
		struct weights **weights)
{
	const struct import_options all = add_metadata(import->file, given);
	const struct import_options *options = &all;
	struct conversion *conversion = &import->conversion;
	struct error *error = &import->error;
	bool sigmoid = false;
	int32_t logits;
	cnnviz_status status = onnx_check(import->file, &import->makers, error);

	if (status == CNNVIZ_OK) {
		status = onnx_find_input(import->file, &import->makers, options,
				&import->input, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_find_output(import->file, &import->makers, options,
				&import->output, &sigmoid, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	import->file->common_length = onnx_common_length(import->file);
	*graph = new_graph(import->file->mapping, &import->input, options);
	(*graph)->activation = sigmoid ? ACTIVATION_SIGMOID : ACTIVATION_DEFAULT;
	status = onnx_metadata_read(import->file, *graph, error);
	conversion->file = import->file;
	conversion->arena.allowance = ALLOWANCE * onnx_file_bytes(import->file);
	build_start(&conversion->build, *graph);
	set_given(import);
	count_uses(import);
	if (status == CNNVIZ_OK) {
		status = convert_nodes(import);
	}
	if (status == CNNVIZ_OK) {
		status = find_logits(import, options, &logits);
	}
	return status == CNNVIZ_OK ? build_finish(&conversion->build, logits,
			       import->file->mapping, weights, error)
				   : status;
}

struct graph *onnx_import_file(struct onnx_file *file,
		const struct import_options *options, struct weights **weights,
		struct problems *problems)
{
	struct import import = { .file = file, .problems = problems };
	struct graph *graph = NULL;
	size_t before = problems->count;
	cnnviz_status status = import_file(&import, options, &graph, weights);

	if (status != CNNVIZ_OK && problems->count == before) {
		problems_add(problems, NULL, 0, "model", "architecture", "%s: %s",
				file->mapping->path, import.error.text);
	}
	if (graph != NULL) {
		build_free(&import.conversion.build);
	}
	if (status != CNNVIZ_OK) {
		graph_free(graph);
		graph = NULL;
	}
	arena_free(&import.conversion.arena);
	name_index_free(&import.conversion.names);
	name_index_free(&import.conversion.uses);
	free(import.conversion.values);
	free(import.conversion.products);
	tally_free(&import.missing);
	name_index_free(&import.makers);
	return graph;
}

struct graph *onnx_import(struct mapping *mapping, const struct import_options *options,
		struct weights **weights, struct problems *problems)
{
	struct graph *graph = NULL;
	struct onnx_file file;
	struct error error;

	if (onnx_file_read(mapping, &file, &error) == CNNVIZ_OK) {
		graph = onnx_import_file(&file, options, weights, problems);
	} else {
		problems_add(problems, NULL, 0, "model", "architecture", "%s: %s",
				mapping->path, error.text);
	}
	onnx_file_free(&file);
	return graph;
}

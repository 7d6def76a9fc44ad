/**
 * \file    graph/pt2/program.c
 * \brief   Translates a program of torch.export into nodes of ONNX operators
 */
#include "graph/pt2/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "graph/onnx/list.h"
#include "graph/pt2/array.h"
#include "graph/pt2/tables.h"

/** Version of the operators that calls are translated into */
#define OPSET 20

/* ---- Inputs --------------------------------------------------------------------- */

/** An input of the program that is the user's: the picture */
static cnnviz_status add_picture(struct lowering *lowering, const char *name)
{
	struct onnx_file *file = lowering->file;
	const json_t *value = json_object_get(lowering->values, name), *size;
	const json_t *sizes = json_object_get(value, "sizes");
	struct onnx_port *port;
	size_t i;

	file->inputs = list_grow(file->inputs, file->input_count, sizeof(*file->inputs));
	port = &file->inputs[file->input_count++];
	*port = (struct onnx_port){ .name = memory_text(name), .shaped = true };
	port->type = pt2_is_byte(value) ? ONNX_UINT8 : ONNX_FLOAT;
	json_array_foreach(sizes, i, size)
	{
		const json_t *number = json_object_get(size, "as_int");

		if (port->rank < CNNVIZ_MAX_RANK) {
			port->extent[port->rank++] = json_is_integer(number)
					? json_integer_value(number)
					: -1;
		}
	}
	return CNNVIZ_OK;
}

/** An array of the archive, under the name that the network has for it */
static cnnviz_status add_array(struct lowering *lowering,
		const struct pt2_archive *archive, const char *name, const char *own)
{
	struct onnx_file *file = lowering->file;
	struct onnx_tensor *tensor;

	/* "x" may be a parameter's name and a value's. */
	if (json_object_get(lowering->values, own) == NULL) {
		json_object_set_new(lowering->names, name, json_string(own));
	}
	cnnviz_status status = limit_check(LIMIT_TENSORS, file->tensor_count + 1,
			lowering->error, "the network has");

	if (status != CNNVIZ_OK) {
		return status;
	}
	file->tensors = list_grow(file->tensors, file->tensor_count,
			sizeof(*file->tensors));
	tensor = &file->tensors[file->tensor_count++];
	*tensor = (struct onnx_tensor){
		.name = memory_text(json_object_get(lowering->values, own) == NULL
						? own
						: name),
	};
	return pt2_array_read(archive, own, file->mapping, tensor, lowering->error);
}

/** What an input is, by the specification { KIND: { "arg": ..., NAME KEY: ... } } */
static cnnviz_status add_input(struct lowering *lowering,
		const struct pt2_archive *archive, const json_t *spec)
{
	static const char *const kinds[][2] = { { "parameter", "parameter_name" },
		{ "buffer", "buffer_name" },
		{ "tensor_constant", "tensor_constant_name" } };
	const json_t *user = json_object_get(json_object_get(spec, "user_input"), "arg");
	const char *picture = json_string_value(
			json_object_get(json_object_get(user, "as_tensor"), "name"));

	if (picture != NULL) {
		return add_picture(lowering, picture);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const json_t *of = json_object_get(spec, kinds[i][0]);
		const char *name = json_string_value(
				json_object_get(json_object_get(of, "arg"), "name"));
		const char *own = json_string_value(json_object_get(of, kinds[i][1]));

		if (name != NULL && own != NULL) {
			return add_array(lowering, archive, name, own);
		}
	}
	return CNNVIZ_OK; /* a number or word, or a token: an error where a call uses it */
}

/* ---- Calls ---------------------------------------------------------------------- */

/**
 * The module that a call comes from: the path in the last of KEY,PATH,TYPE;KEY,PATH,TYPE.
 * Written as torch's ONNX exporter does; malloc'ed
 */
static char *module_scopes(const json_t *call)
{
	const char *stack = json_string_value(json_object_get(
			json_object_get(call, "metadata"), "nn_module_stack"));
	const char *name = json_string_value(json_object_get(call, "name"));
	const char *last = stack != NULL ? stack : "", *path;

	for (const char *next = last; (next = strchr(next, ';')) != NULL; next++) {
		last = next + 1;
	}
	path = last + strcspn(last, ",");
	path += *path == ',';
	return memory_format("['', '%.*s', '%s']", (int)strcspn(path, ",;"), path,
			name != NULL ? name : "");
}

/** Let a name stand for an array that took its place, as in y = x.add_(1). */
static void replace(struct lowering *lowering, const char *name, const char *by)
{
	json_object_set_new(lowering->names, name, json_string(by));
}

/** The name in the program of the first argument, or NULL */
static const char *first_name(const json_t *call)
{
	const json_t *first = json_array_get(json_object_get(call, "inputs"), 0);

	return json_string_value(json_object_get(
			json_object_get(json_object_get(first, "arg"), "as_tensor"),
			"name"));
}

/** Keep track of arrays that share memory. */
static void note_memory(struct lowering *lowering)
{
	const char *first = first_name(lowering->call), *base = first;

	if (first == NULL) {
		return;
	}
	if (lowering->row->view) {
		for (size_t i = 0; i < lower_output_count(lowering); i++) {
			json_object_set_new(lowering->bases, lower_output(lowering, i),
					json_string(first));
		}
	} else if (pt2_changes_in_place(lowering)) {
		while ((base = json_string_value(json_object_get(lowering->bases, base)))
				!= NULL) {
			json_object_set_new(lowering->stale, base, json_true());
		}
		replace(lowering, first, lower_output(lowering, 0));
	}
}

static cnnviz_status add_call(struct lowering *lowering, const json_t *call)
{
	const char *name = json_string_value(json_object_get(call, "name"));
	const char *target = json_string_value(json_object_get(call, "target"));

	if (target == NULL || !json_is_array(json_object_get(call, "inputs"))
			|| !json_is_array(json_object_get(call, "outputs"))) {
		return error_set(lowering->error, CNNVIZ_ERROR_INPUT,
				"its program has a call without a target, inputs or "
				"outputs");
	}
	lowering->call = call;
	lowering->made = 0;
	lowering->scopes = module_scopes(call);
	lowering->row = pt2_operator_find(lowering);
	if (lowering->row != NULL) {
		lowering->row->lower(lowering);
		note_memory(lowering);
	} else {
		lower_unknown(lowering);
	}
	free(lowering->scopes);
	lowering->scopes = NULL;
	return lowering->status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_prefix(lowering->error, "node %.200s (%.100s)",
					name != NULL ? name : "", target);
}

/* ---- Outputs -------------------------------------------------------------------- */

static cnnviz_status add_output(struct lowering *lowering, const json_t *spec)
{
	struct onnx_file *file = lowering->file;
	const json_t *user = json_object_get(json_object_get(spec, "user_output"), "arg");
	const char *name = json_string_value(
			json_object_get(json_object_get(user, "as_tensor"), "name"));
	const char *other;

	if (json_object_get(spec, "buffer_mutation") != NULL) {
		return error_set(lowering->error, CNNVIZ_ERROR_UNSUPPORTED,
				"it changes its buffers when it runs, as in training "
				"mode; export the network in eval() mode");
	}
	if (name == NULL) {
		return CNNVIZ_OK;
	}
	other = json_string_value(json_object_get(lowering->names, name));
	file->outputs = list_grow(file->outputs, file->output_count,
			sizeof(*file->outputs));
	file->outputs[file->output_count++] = (struct onnx_port){
		.name = memory_text(other != NULL ? other : name),
	};
	return CNNVIZ_OK;
}

/* ---- Properties ----------------------------------------------------------------- */

/** What the user saved with extra_files = { "cnnviz.mean": "..." } */
static void add_properties(const struct pt2_archive *archive, struct onnx_file *file)
{
	char *folder = memory_format("%sextra/cnnviz.", archive->root);
	size_t start = strlen(folder) - strlen("cnnviz.");

	for (size_t i = 0; i < archive->zip.count; i++) {
		const struct zip_record *record = &archive->zip.records[i];

		if (record->name_length <= strlen(folder)
				|| memcmp(record->name, folder, strlen(folder)) != 0
				|| !record->stored || record->size > ONNX_MAX_TEXT
				|| file->property_count == ONNX_MAX_LIST) {
			continue;
		}
		file->properties = list_grow(file->properties, file->property_count,
				sizeof(*file->properties));
		file->properties[file->property_count++] = (struct onnx_property){
			memory_text_n((const char *)record->name + start,
					record->name_length - start),
			memory_text_n((const char *)record->data, record->size),
		};
	}
	free(folder);
}

/* ---- The program ---------------------------------------------------------------- */

static cnnviz_status read_all(struct lowering *lowering,
		const struct pt2_archive *archive, const json_t *module)
{
	const json_t *signature = json_object_get(module, "signature"), *item;
	cnnviz_status status = CNNVIZ_OK;
	size_t i;

	json_array_foreach(json_object_get(signature, "input_specs"), i, item)
	{
		if (status == CNNVIZ_OK) {
			status = add_input(lowering, archive, item);
		}
	}
	json_array_foreach(json_object_get(json_object_get(module, "graph"), "nodes"), i,
			item)
	{
		if (status == CNNVIZ_OK) {
			status = add_call(lowering, item);
		}
	}
	json_array_foreach(json_object_get(signature, "output_specs"), i, item)
	{
		if (status == CNNVIZ_OK) {
			status = add_output(lowering, item);
		}
	}
	return status;
}

cnnviz_status pt2_program_read(const struct pt2_archive *archive, struct onnx_file *file,
		struct error *error)
{
	const json_t *module = json_object_get(archive->program, "graph_module");
	const json_t *graph = json_object_get(module, "graph");
	struct lowering lowering = {
		.file = file,
		.values = json_object_get(graph, "tensor_values"),
		.names = json_object(),
		.bases = json_object(),
		.stale = json_object(),
		.error = error,
	};
	cnnviz_status status;

	file->opset = OPSET;
	file->arena.allowance = sizeof(double) * file->mapping->size;
	add_properties(archive, file);
	status = json_is_object(lowering.values)
			? read_all(&lowering, archive, module)
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"its program has no graph: it is damaged");
	json_decref(lowering.names);
	json_decref(lowering.bases);
	json_decref(lowering.stale);
	return status;
}

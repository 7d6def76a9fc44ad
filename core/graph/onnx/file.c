/**
 * \file    graph/onnx/file.c
 * \brief   Reads the messages of an ONNX file: the model, its graph and the graph's nodes
 */
#include "graph/onnx/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "graph/onnx/attribute.h"
#include "graph/onnx/list.h"
#include "graph/onnx/tensor.h"
#include "graph/onnx/wire.h"

/* ---- Names --------------------------------------------------------------------- */

/** Replace a text by a field's. */
static cnnviz_status read_name(const struct wire *wire, const struct wire_field *field,
		char **name, struct error *error)
{
	free(*name);
	*name = NULL;
	return wire_text(wire, field, ONNX_MAX_NAME, name, error);
}

/** Append a field's text to a list. */
static cnnviz_status add_name(const struct wire *wire, const struct wire_field *field,
		char ***names, size_t *count, struct error *error)
{
	char *name = NULL;
	cnnviz_status status = wire_text(wire, field, ONNX_MAX_NAME, &name, error);

	if (status == CNNVIZ_OK && *count == ONNX_MAX_LIST) {
		status = wire_error(wire, "is one of more names than a node has", error);
	}
	if (status != CNNVIZ_OK) {
		free(name);
		return status;
	}
	*names = list_grow(*names, *count, sizeof(**names));
	(*names)[(*count)++] = name;
	return CNNVIZ_OK;
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(names[i]);
	}
	free(names);
}

/* ---- Properties ---------------------------------------------------------------- */

/** StringStringEntryProto */
static cnnviz_status read_property(struct wire wire, struct onnx_property *property,
		struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1) {
			status = read_name(&wire, &field, &property->key, error);
		} else if (field.number == 2 && field.type == WIRE_BYTES
				&& wire_length(&field.bytes) <= ONNX_MAX_TEXT) {
			/* May be of several lines, so it is no name. */
			free(property->value);
			property->value = memory_text_n((const char *)field.bytes.at,
					wire_length(&field.bytes));
		}
	}
	return status;
}

static void free_property(struct onnx_property *property)
{
	free(property->key);
	free(property->value);
}

/** Keep the scopes that torch's newer exporter writes; other metadata is passed over. */
static cnnviz_status read_scopes(struct wire wire, struct onnx_node *node,
		struct error *error)
{
	struct onnx_property property = { NULL, NULL };
	cnnviz_status status = read_property(wire, &property, error);

	if (status == CNNVIZ_OK && property.key != NULL && property.value != NULL
			&& strcmp(property.key, "pkg.torch.onnx.name_scopes") == 0) {
		free(node->scopes);
		node->scopes = property.value;
		property.value = NULL;
	}
	free_property(&property);
	return status;
}

/* ---- Nodes --------------------------------------------------------------------- */

static cnnviz_status read_attribute(struct onnx_file *file, struct wire wire,
		struct onnx_node *node, struct error *error)
{
	struct onnx_attribute *attribute;

	if (node->attribute_count == ONNX_MAX_LIST) {
		return wire_error(&wire, "is one of more attributes than a node has",
				error);
	}
	node->attributes = list_grow(node->attributes, node->attribute_count,
			sizeof(*node->attributes));
	attribute = &node->attributes[node->attribute_count++];
	*attribute = (struct onnx_attribute){ .name = NULL };
	return attribute_read(file, wire, attribute, error);
}

static cnnviz_status read_node_field(struct onnx_file *file, const struct wire *wire,
		const struct wire_field *field, struct onnx_node *node,
		struct error *error)
{
	switch (field->number) {
	case 1:
		return add_name(wire, field, &node->inputs, &node->input_count, error);
	case 2:
		return add_name(wire, field, &node->outputs, &node->output_count, error);
	case 3:
		return read_name(wire, field, &node->name, error);
	case 4:
		return read_name(wire, field, &node->operator, error);
	case 5:
		return field->type != WIRE_BYTES
				? wire_expect(wire, field, WIRE_BYTES, error)
				: read_attribute(file, field->bytes, node, error);
	case 7:
		return read_name(wire, field, &node->domain, error);
	case 9:
		return field->type != WIRE_BYTES
				? wire_expect(wire, field, WIRE_BYTES, error)
				: read_scopes(field->bytes, node, error);
	default:
		return CNNVIZ_OK;
	}
}

static void complete(char **text)
{
	if (*text == NULL) {
		*text = memory_text("");
	}
}

/** NodeProto */
static cnnviz_status read_node(struct onnx_file *file, struct wire wire,
		struct error *error)
{
	struct onnx_node *node;
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	status = limit_check(LIMIT_NODES, file->node_count + 1, error, "the network has");
	if (status != CNNVIZ_OK) {
		return status;
	}
	file->nodes = list_grow(file->nodes, file->node_count, sizeof(*file->nodes));
	node = &file->nodes[file->node_count++];
	*node = (struct onnx_node){ .name = NULL };
	while (wire_read(&wire, &field, &status, error)) {
		status = read_node_field(file, &wire, &field, node, error);
	}
	complete(&node->name);
	complete(&node->operator);
	complete(&node->domain);
	return status;
}

static void free_node(struct onnx_node *node)
{
	free(node->name);
	free(node->operator);
	free(node->domain);
	free(node->scopes);
	free_names(node->inputs, node->input_count);
	free_names(node->outputs, node->output_count);
	for (size_t i = 0; i < node->attribute_count; i++) {
		attribute_clear(&node->attributes[i]);
	}
	free(node->attributes);
}

/* ---- The graph ----------------------------------------------------------------- */

static cnnviz_status read_initializer(struct onnx_file *file, struct wire wire,
		struct error *error)
{
	struct onnx_tensor *tensor;
	cnnviz_status status = limit_check(LIMIT_TENSORS, file->tensor_count + 1, error,
			"the network has");

	if (status != CNNVIZ_OK) {
		return status;
	}
	file->tensors = list_grow(file->tensors, file->tensor_count,
			sizeof(*file->tensors));
	tensor = &file->tensors[file->tensor_count++];
	*tensor = (struct onnx_tensor){ .name = NULL };
	return tensor_read(file, wire, tensor, error);
}

static cnnviz_status read_port(struct wire wire, struct onnx_port **ports, size_t *count,
		struct error *error)
{
	cnnviz_status status = limit_check(LIMIT_TENSORS, *count + 1, error,
			"the network's inputs and outputs are");

	if (status != CNNVIZ_OK) {
		return status;
	}
	*ports = list_grow(*ports, *count, sizeof(**ports));
	(*ports)[*count] = (struct onnx_port){ .name = NULL };
	return port_read(wire, &(*ports)[(*count)++], error);
}

static cnnviz_status read_graph_field(struct onnx_file *file, const struct wire *wire,
		const struct wire_field *field, struct error *error)
{
	cnnviz_status status;

	switch (field->number) {
	case 1:
	case 5:
	case 11:
	case 12:
	case 15:
		status = wire_expect(wire, field, WIRE_BYTES, error);
		break;
	default:
		return CNNVIZ_OK;
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	switch (field->number) {
	case 1:
		return read_node(file, field->bytes, error);
	case 5:
		return read_initializer(file, field->bytes, error);
	case 11:
		return read_port(field->bytes, &file->inputs, &file->input_count, error);
	case 12:
		return read_port(field->bytes, &file->outputs, &file->output_count,
				error);
	default:
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"it has sparse tensors, which cnnviz does not read; "
				"export "
				"the network with dense ones");
	}
}

/** GraphProto */
static cnnviz_status read_graph(struct onnx_file *file, struct wire wire,
		struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		status = read_graph_field(file, &wire, &field, error);
	}
	return status;
}

/* ---- The model ----------------------------------------------------------------- */

/** OperatorSetIdProto */
static cnnviz_status read_opset(struct onnx_file *file, struct wire wire,
		struct error *error)
{
	struct wire_field field;
	char *domain = NULL;
	int64_t version = 0;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1) {
			status = read_name(&wire, &field, &domain, error);
		} else if (field.number == 2) {
			version = (int64_t)field.value;
		}
	}
	if (domain == NULL || domain[0] == '\0' || strcmp(domain, "ai.onnx") == 0) {
		file->opset = version;
	}
	free(domain);
	return status;
}

static cnnviz_status add_property(struct onnx_file *file, struct wire wire,
		struct error *error)
{
	if (file->property_count == ONNX_MAX_LIST) {
		return wire_error(&wire, "is one of too many properties", error);
	}
	file->properties = list_grow(file->properties, file->property_count,
			sizeof(*file->properties));
	file->properties[file->property_count] = (struct onnx_property){ NULL, NULL };
	return read_property(wire, &file->properties[file->property_count++], error);
}

/** ModelProto; the graph comes last, since nothing else needs it */
static cnnviz_status read_model(struct onnx_file *file, struct wire wire, bool *found,
		struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.type != WIRE_BYTES) {
			continue;
		}
		if (field.number == 7) {
			*found = true;
			status = read_graph(file, field.bytes, error);
		} else if (field.number == 8) {
			status = read_opset(file, field.bytes, error);
		} else if (field.number == 14) {
			status = add_property(file, field.bytes, error);
		}
	}
	return status;
}

cnnviz_status onnx_file_read(struct mapping *mapping, struct onnx_file *file,
		struct error *error)
{
	bool found = false;
	cnnviz_status status;

	*file = (struct onnx_file){ .mapping = mapping_ref(mapping) };
	file->arena.allowance = sizeof(double) * mapping->size;
	status = read_model(file, wire_open(mapping->data, mapping->size), &found, error);
	if (status == CNNVIZ_OK && !found) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"it has no graph: this is not an ONNX network, or its "
				"end "
				"is missing");
	}
	return status;
}

void onnx_file_free(struct onnx_file *file)
{
	for (size_t i = 0; i < file->node_count; i++) {
		free_node(&file->nodes[i]);
	}
	for (size_t i = 0; i < file->tensor_count; i++) {
		free(file->tensors[i].name);
	}
	for (size_t i = 0; i < file->input_count; i++) {
		free(file->inputs[i].name);
	}
	for (size_t i = 0; i < file->output_count; i++) {
		free(file->outputs[i].name);
	}
	for (size_t i = 0; i < file->property_count; i++) {
		free_property(&file->properties[i]);
	}
	for (size_t i = 0; i < file->data_count; i++) {
		mapping_unref(file->data[i]);
	}
	free(file->nodes);
	free(file->tensors);
	free(file->inputs);
	free(file->outputs);
	free(file->properties);
	free(file->data);
	arena_free(&file->arena);
	mapping_unref(file->mapping);
}

size_t onnx_file_bytes(const struct onnx_file *file)
{
	size_t bytes = file->mapping->size;

	for (size_t i = 0; i < file->data_count; i++) {
		bytes += file->data[i]->size;
	}
	return bytes;
}

const char *onnx_property(const struct onnx_file *file, const char *key)
{
	for (size_t i = 0; i < file->property_count; i++) {
		const struct onnx_property *property = &file->properties[i];

		if (property->key != NULL && property->value != NULL
				&& strcmp(property->key, key) == 0) {
			return property->value;
		}
	}
	return NULL;
}

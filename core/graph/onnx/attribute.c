/**
 * \file    graph/onnx/attribute.c
 * \brief   Reads attributes of nodes, and the ports of a graph
 */
#include "graph/onnx/attribute.h"

#include <stdlib.h>
#include <string.h>

#include "graph/onnx/list.h"
#include "graph/onnx/tensor.h"

/* ---- Lists --------------------------------------------------------------------- */

static double real_from_bits(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float value;

	memcpy(&value, &low, sizeof(value));
	return (double)value;
}

static cnnviz_status too_long(const struct wire *wire, struct error *error)
{
	return wire_error(wire, "ends a list longer than any network needs", error);
}

static cnnviz_status add_integer(const struct wire *wire, uint64_t value,
		struct onnx_attribute *attribute, struct error *error)
{
	if (attribute->count == ONNX_MAX_LIST || attribute->reals != NULL) {
		return too_long(wire, error);
	}
	attribute->integers = list_grow(attribute->integers, attribute->count,
			sizeof(*attribute->integers));
	attribute->integers[attribute->count++] = (int64_t)value;
	return CNNVIZ_OK;
}

static cnnviz_status add_real(const struct wire *wire, uint64_t bits,
		struct onnx_attribute *attribute, struct error *error)
{
	if (attribute->count == ONNX_MAX_LIST || attribute->integers != NULL) {
		return too_long(wire, error);
	}
	attribute->reals = list_grow(attribute->reals, attribute->count,
			sizeof(*attribute->reals));
	attribute->reals[attribute->count++] = real_from_bits(bits);
	return CNNVIZ_OK;
}

/** Integers come one by one, each with a field of its own, or side by side in one. */
static cnnviz_status read_integers(const struct wire *wire,
		const struct wire_field *field, struct onnx_attribute *attribute,
		struct error *error)
{
	struct wire numbers = field->bytes;
	cnnviz_status status = CNNVIZ_OK;
	uint64_t number;

	if (field->type == WIRE_NUMBER) {
		return add_integer(wire, field->value, attribute, error);
	}
	status = wire_expect(wire, field, WIRE_BYTES, error);
	while (status == CNNVIZ_OK && wire_more(&numbers)) {
		status = wire_number(&numbers, &number, error);
		if (status == CNNVIZ_OK) {
			status = add_integer(&numbers, number, attribute, error);
		}
	}
	return status;
}

static cnnviz_status read_reals(const struct wire *wire, const struct wire_field *field,
		struct onnx_attribute *attribute, struct error *error)
{
	struct wire numbers = field->bytes;
	cnnviz_status status;

	if (field->type == WIRE_FIXED32) {
		return add_real(wire, field->value, attribute, error);
	}
	status = wire_expect(wire, field, WIRE_BYTES, error);
	while (status == CNNVIZ_OK && wire_length(&numbers) >= sizeof(float)) {
		status = add_real(&numbers, wire_fixed(&numbers, sizeof(float)),
				attribute, error);
	}
	return status;
}

/* ---- Attributes ---------------------------------------------------------------- */

static cnnviz_status read_tensor(struct onnx_file *file, const struct wire *wire,
		const struct wire_field *field, struct onnx_attribute *attribute,
		struct error *error)
{
	cnnviz_status status = wire_expect(wire, field, WIRE_BYTES, error);

	if (status != CNNVIZ_OK || attribute->tensor != NULL) {
		return status;
	}
	attribute->tensor = memory_new(1, sizeof(*attribute->tensor));
	return tensor_read(file, field->bytes, attribute->tensor, error);
}

static cnnviz_status read_text(const struct wire *wire, const struct wire_field *field,
		char **text, struct error *error)
{
	free(*text);
	*text = NULL;
	return wire_text(wire, field, ONNX_MAX_NAME, text, error);
}

static cnnviz_status read_field(struct onnx_file *file, const struct wire *wire,
		const struct wire_field *field, struct onnx_attribute *attribute,
		struct error *error)
{
	cnnviz_status status;

	switch (field->number) {
	case 1:
		return read_text(wire, field, &attribute->name, error);
	case 2:
		status = wire_expect(wire, field, WIRE_FIXED32, error);
		attribute->has_real = status == CNNVIZ_OK;
		attribute->real = real_from_bits(field->value);
		return status;
	case 3:
		status = wire_expect(wire, field, WIRE_NUMBER, error);
		attribute->has_integer = status == CNNVIZ_OK;
		attribute->integer = (int64_t)field->value;
		return status;
	case 4:
		/* A text that is no word, such as of a Constant, is of no use here. */
		read_text(wire, field, &attribute->text, NULL);
		return CNNVIZ_OK;
	case 5:
		return read_tensor(file, wire, field, attribute, error);
	case 7:
		return read_reals(wire, field, attribute, error);
	case 8:
		return read_integers(wire, field, attribute, error);
	default: /* graphs, lists of texts, of tensors and of graphs */
		return CNNVIZ_OK;
	}
}

cnnviz_status attribute_read(struct onnx_file *file, struct wire wire,
		struct onnx_attribute *attribute, struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		status = read_field(file, &wire, &field, attribute, error);
	}
	return status;
}

void attribute_clear(struct onnx_attribute *attribute)
{
	free(attribute->name);
	free(attribute->text);
	free(attribute->integers);
	free(attribute->reals);
	if (attribute->tensor != NULL) {
		free(attribute->tensor->name);
		free(attribute->tensor);
	}
}

const struct onnx_attribute *onnx_attribute(const struct onnx_node *node,
		const char *name)
{
	for (size_t i = 0; i < node->attribute_count; i++) {
		if (node->attributes[i].name != NULL
				&& strcmp(node->attributes[i].name, name) == 0) {
			return &node->attributes[i];
		}
	}
	return NULL;
}

int64_t onnx_integer(const struct onnx_node *node, const char *name, int64_t otherwise)
{
	const struct onnx_attribute *attribute = onnx_attribute(node, name);

	return attribute != NULL && attribute->has_integer ? attribute->integer
							   : otherwise;
}

double onnx_real(const struct onnx_node *node, const char *name, double otherwise)
{
	const struct onnx_attribute *attribute = onnx_attribute(node, name);

	return attribute != NULL && attribute->has_real ? attribute->real : otherwise;
}

const char *onnx_text(const struct onnx_node *node, const char *name,
		const char *otherwise)
{
	const struct onnx_attribute *attribute = onnx_attribute(node, name);

	return attribute != NULL && attribute->text != NULL ? attribute->text : otherwise;
}

/* ---- Ports --------------------------------------------------------------------- */

/** TensorShapeProto.Dimension */
static cnnviz_status read_extent(struct wire wire, int64_t *extent, struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	*extent = -1;
	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1 && field.type == WIRE_NUMBER && field.value > 0
				&& field.value <= INT64_MAX) {
			*extent = (int64_t)field.value;
		}
	}
	return status;
}

/** TensorShapeProto */
static cnnviz_status read_shape(struct wire wire, struct onnx_port *port,
		struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	port->shaped = true;
	while (wire_read(&wire, &field, &status, error)) {
		if (field.number != 1 || field.type != WIRE_BYTES) {
			continue;
		}
		if (port->rank == CNNVIZ_MAX_RANK) {
			return wire_error(&wire, "is a shape of more than 8 dimensions",
					error);
		}
		status = read_extent(field.bytes, &port->extent[port->rank++], error);
	}
	return status;
}

/** TypeProto.Tensor */
static cnnviz_status read_tensor_type(struct wire wire, struct onnx_port *port,
		struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1 && field.type == WIRE_NUMBER) {
			port->type = (int64_t)field.value;
		} else if (field.number == 2 && field.type == WIRE_BYTES) {
			port->rank = 0;
			status = read_shape(field.bytes, port, error);
		}
	}
	return status;
}

/** TypeProto; other types than tensors are no inputs of a network */
static cnnviz_status read_type(struct wire wire, struct onnx_port *port,
		struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1 && field.type == WIRE_BYTES) {
			status = read_tensor_type(field.bytes, port, error);
		}
	}
	return status;
}

cnnviz_status port_read(struct wire wire, struct onnx_port *port, struct error *error)
{
	struct wire_field field;
	cnnviz_status status = CNNVIZ_OK;

	while (wire_read(&wire, &field, &status, error)) {
		if (field.number == 1) {
			status = read_text(&wire, &field, &port->name, error);
		} else if (field.number == 2 && field.type == WIRE_BYTES) {
			status = read_type(field.bytes, port, error);
		}
	}
	if (port->name == NULL) {
		port->name = memory_text("");
	}
	return status;
}

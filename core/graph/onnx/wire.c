/**
 * \file    graph/onnx/wire.c
 * \brief   Fields of a Protocol Buffers message, read where they lie
 */
#include "graph/onnx/wire.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "weights/bytes.h"

/** Field numbers have 29 bits. */
#define FIELD_MAX ((UINT64_C(1) << 29) - 1)

struct wire wire_open(const unsigned char *data, size_t size)
{
	return (struct wire){ data, data, data + size };
}

bool wire_more(const struct wire *wire)
{
	return wire->at < wire->end;
}

size_t wire_length(const struct wire *wire)
{
	return (size_t)(wire->end - wire->at);
}

cnnviz_status wire_error(const struct wire *wire, const char *why, struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"at byte %zu %s: the file is cut off or damaged",
			(size_t)(wire->at - wire->file), why);
}

cnnviz_status wire_number(struct wire *wire, uint64_t *number, struct error *error)
{
	const unsigned char *at = wire->at;
	unsigned shift = 0;

	for (*number = 0; at < wire->end; shift += 7) {
		unsigned char byte = *at++;

		/* The tenth byte has the 64th bit alone. */
		if (shift == 63 && byte > 1) {
			return wire_error(wire, "is a number of more than 64 bits",
					error);
		}
		*number |= (uint64_t)(byte & 0x7fU) << shift;
		if (byte < 0x80) {
			wire->at = at;
			return CNNVIZ_OK;
		}
	}
	return wire_error(wire, "is a number that does not end", error);
}

uint64_t wire_fixed(struct wire *wire, size_t size)
{
	uint64_t number = bytes_number(wire->at, size);

	wire->at += size;
	return number;
}

/** Read a field's length, and the bytes */
static cnnviz_status read_bytes(struct wire *wire, struct wire_field *field,
		struct error *error)
{
	uint64_t length;
	cnnviz_status status = wire_number(wire, &length, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (length > wire_length(wire)) {
		return wire_error(wire, "is a field that reaches beyond what it lies in",
				error);
	}
	field->bytes = (struct wire){ wire->file, wire->at, wire->at + length };
	wire->at += length;
	return CNNVIZ_OK;
}

static cnnviz_status read_fixed(struct wire *wire, size_t size, struct wire_field *field,
		struct error *error)
{
	if (wire_length(wire) < size) {
		return wire_error(wire, "is a number that does not end", error);
	}
	field->value = wire_fixed(wire, size);
	return CNNVIZ_OK;
}

cnnviz_status wire_next(struct wire *wire, struct wire_field *field, struct error *error)
{
	const struct wire before = *wire;
	uint64_t key;
	cnnviz_status status = wire_number(wire, &key, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (key >> 3 == 0 || key >> 3 > FIELD_MAX) {
		return wire_error(&before, "is a field without a valid number", error);
	}
	*field = (struct wire_field){
		.number = (uint32_t)(key >> 3),
		.type = (enum wire_type)(key & 7),
		.bytes = *wire,
	};
	switch (field->type) {
	case WIRE_NUMBER:
		return wire_number(wire, &field->value, error);
	case WIRE_FIXED64:
		return read_fixed(wire, 8, field, error);
	case WIRE_BYTES:
		return read_bytes(wire, field, error);
	case WIRE_FIXED32:
		return read_fixed(wire, 4, field, error);
	default:
		return wire_error(&before, "is a field of a type that ONNX does not have",
				error);
	}
}

bool wire_read(struct wire *wire, struct wire_field *field, cnnviz_status *status,
		struct error *error)
{
	if (*status != CNNVIZ_OK || !wire_more(wire)) {
		return false;
	}
	*status = wire_next(wire, field, error);
	return *status == CNNVIZ_OK;
}

cnnviz_status wire_expect(const struct wire *wire, const struct wire_field *field,
		enum wire_type type, struct error *error)
{
	return field->type == type ? CNNVIZ_OK
				   : wire_error(wire,
						   "ends a field that is not of the type "
						   "that ONNX says",
						   error);
}

cnnviz_status wire_text(const struct wire *wire, const struct wire_field *field,
		size_t most, char **text, struct error *error)
{
	cnnviz_status status = wire_expect(wire, field, WIRE_BYTES, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (wire_length(&field->bytes) > most) {
		return wire_error(&field->bytes,
				"is a text longer than any network needs", error);
	}
	for (const unsigned char *byte = field->bytes.at; byte < field->bytes.end;
			byte++) {
		if (*byte < 0x20 || *byte == 0x7f) {
			return wire_error(&field->bytes,
					"is a name with control characters", error);
		}
	}
	*text = memory_text_n((const char *)field->bytes.at, wire_length(&field->bytes));
	if (!text_is_utf8(*text)) {
		free(*text);
		*text = NULL;
		return wire_error(&field->bytes, "is a name that is not UTF-8", error);
	}
	return CNNVIZ_OK;
}

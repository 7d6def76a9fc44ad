/**
 * \file    graph/onnx/wire.h
 * \brief   Fields of a Protocol Buffers message, read where they lie
 *
 * Nothing is copied and nothing recurses: a nested message is a run of bytes until someone
 * reads it. Source: https://protobuf.dev/programming-guides/encoding
 */
#ifndef ONNX_WIRE_H
#define ONNX_WIRE_H

#include "base/error.h"

/** How a field's value is written */
enum wire_type {
	WIRE_NUMBER = 0, /* a number of variable length */
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2, /* a text, a message, or numbers side by side */
	WIRE_FIXED32 = 5,
};

/** A message's bytes that have not been read yet */
struct wire {
	const unsigned char *file; /* where the file begins: errors name offsets in it */
	const unsigned char *at;
	const unsigned char *end;
};

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t value;    /* of the types that are not WIRE_BYTES */
	struct wire bytes; /* of WIRE_BYTES */
};

/** All bytes of a file as a message */
struct wire wire_open(const unsigned char *data, size_t size);

/** Whether the message has more fields */
bool wire_more(const struct wire *wire);

/**
 * \brief   Read the next field
 *
 * Errors name the byte's offset in the file: a field that reaches beyond its message, a
 * number of more than 64 bits, a group or another type that ONNX does not have.
 */
cnnviz_status wire_next(struct wire *wire, struct wire_field *field, struct error *error);

/**
 * \brief   Read the next field, if there is one and nothing has failed: for loops
 *
 * \param   status  Of what was done with the fields before; that of wire_next()
 *
 * \return  Whether there is a field.
 */
bool wire_read(struct wire *wire, struct wire_field *field, cnnviz_status *status,
		struct error *error);

/** Read a number of variable length, of several in a WIRE_BYTES */
cnnviz_status wire_number(struct wire *wire, uint64_t *number, struct error *error);

/** The next 4 or 8 bytes as a number; there must be as many. */
uint64_t wire_fixed(struct wire *wire, size_t size);

/** Length of what is left in bytes */
size_t wire_length(const struct wire *wire);

/** Set "at byte N: WHY"; returns CNNVIZ_ERROR_INPUT. */
cnnviz_status wire_error(const struct wire *wire, const char *why, struct error *error);

/**
 * \brief   Check that a field has a type
 *
 * Errors name the offset.
 */
cnnviz_status wire_expect(const struct wire *wire, const struct wire_field *field,
		enum wire_type type, struct error *error);

/**
 * \brief   A field's text; malloc'ed
 *
 * Errors: it is no text, has more than `most` bytes, a control character, or is not
 * UTF-8.
 */
cnnviz_status wire_text(const struct wire *wire, const struct wire_field *field,
		size_t most, char **text, struct error *error);

#endif

/**
 * \file    weights/bytes.h
 * \brief   Numbers and texts in the bytes of a file
 */
#ifndef WEIGHTS_BYTES_H
#define WEIGHTS_BYTES_H

#include <stddef.h>
#include <stdint.h>

/** Little-endian number of up to 8 bytes; inline, since it is asked for each element */
static inline uint64_t bytes_number(const unsigned char *bytes, size_t length)
{
	uint64_t number = 0;

	for (size_t i = length; i > 0; i--) {
		number = number << 8 | bytes[i - 1];
	}
	return number;
}

/**
 * Copy untrusted bytes into text, truncated and with '?' for unprintable ones; returns
 * text
 */
const char *bytes_printable(const unsigned char *bytes, size_t length, char *text,
		size_t size);

#endif

/**
 * \file    weights/bytes.c
 * \brief   Numbers and texts in the bytes of a file
 */
#include "weights/bytes.h"

const char *bytes_printable(const unsigned char *bytes, size_t length, char *text,
		size_t size)
{
	size_t i = 0;

	for (; i < length && i + 1 < size; i++) {
		text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '?';
	}
	text[i] = '\0';
	return text;
}

/**
 * \file    run/parcel.c
 * \brief   Numbers and texts in a row of bytes
 */
#include <string.h>

#include "base/memory.h"
#include "run/parcel.h"

/* Stands for the length of a text that is NULL */
#define NO_TEXT UINT64_MAX

static void put_bytes(struct parcel *parcel, const void *bytes, size_t length)
{
	if (length > 0) {
		parcel->data = memory_resize(parcel->data, parcel->length + length, 1);
		memcpy(parcel->data + parcel->length, bytes, length);
		parcel->length += length;
	}
}

void parcel_put(struct parcel *parcel, uint64_t number)
{
	put_bytes(parcel, &number, sizeof(number));
}

void parcel_put_real(struct parcel *parcel, double number)
{
	put_bytes(parcel, &number, sizeof(number));
}

void parcel_put_text(struct parcel *parcel, const char *text)
{
	parcel_put(parcel, text ? strlen(text) : NO_TEXT);
	if (text) {
		put_bytes(parcel, text, strlen(text));
	}
}

/** Bytes that stand next, or NULL when there are not so many */
static const unsigned char *get_bytes(struct parcel *parcel, uint64_t length)
{
	const unsigned char *bytes = parcel->data + parcel->place;

	if (parcel->broken || length > parcel->length - parcel->place) {
		parcel->broken = true;
		return NULL;
	}
	parcel->place += (size_t)length;
	return bytes;
}

uint64_t parcel_get(struct parcel *parcel)
{
	uint64_t number = 0;
	const unsigned char *bytes = get_bytes(parcel, sizeof(number));

	if (bytes) {
		memcpy(&number, bytes, sizeof(number));
	}
	return number;
}

double parcel_get_real(struct parcel *parcel)
{
	double number = 0;
	const unsigned char *bytes = get_bytes(parcel, sizeof(number));

	if (bytes) {
		memcpy(&number, bytes, sizeof(number));
	}
	return number;
}

char *parcel_get_text(struct parcel *parcel)
{
	uint64_t length = parcel_get(parcel);

	if (parcel->broken || length == NO_TEXT) {
		return NULL;
	}
	const unsigned char *bytes = get_bytes(parcel, length);

	return bytes ? memory_text_n((const char *)bytes, (size_t)length) : NULL;
}

size_t parcel_get_below(struct parcel *parcel, uint64_t end)
{
	uint64_t number = parcel_get(parcel);

	if (number >= end) {
		parcel->broken = true;
		return 0;
	}
	return (size_t)number;
}

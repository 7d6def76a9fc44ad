/**
 * \file    run/isolate/message.c
 * \brief   Numbers and texts in a row of bytes
 */
#include <string.h>

#include "base/memory.h"
#include "run/isolate/message.h"

/* Stands for the length of a text that is NULL */
#define NO_TEXT UINT64_MAX

static void put_bytes(struct message *message, const void *bytes, size_t length)
{
	if (length > 0) {
		message->data = memory_resize(message->data, message->length + length, 1);
		memcpy(message->data + message->length, bytes, length);
		message->length += length;
	}
}

void message_put(struct message *message, uint64_t number)
{
	put_bytes(message, &number, sizeof(number));
}

void message_put_real(struct message *message, double number)
{
	put_bytes(message, &number, sizeof(number));
}

void message_put_text(struct message *message, const char *text)
{
	message_put(message, text != NULL ? strlen(text) : NO_TEXT);
	if (text != NULL) {
		put_bytes(message, text, strlen(text));
	}
}

/** Bytes that stand next, or NULL when there are not so many */
static const unsigned char *get_bytes(struct message *message, uint64_t length)
{
	const unsigned char *bytes = message->data + message->place;

	if (message->broken || length > message->length - message->place) {
		message->broken = true;
		return NULL;
	}
	message->place += (size_t)length;
	return bytes;
}

uint64_t message_get(struct message *message)
{
	uint64_t number = 0;
	const unsigned char *bytes = get_bytes(message, sizeof(number));

	if (bytes != NULL) {
		memcpy(&number, bytes, sizeof(number));
	}
	return number;
}

double message_get_real(struct message *message)
{
	double number = 0;
	const unsigned char *bytes = get_bytes(message, sizeof(number));

	if (bytes != NULL) {
		memcpy(&number, bytes, sizeof(number));
	}
	return number;
}

char *message_get_text(struct message *message)
{
	uint64_t length = message_get(message);

	if (message->broken || length == NO_TEXT) {
		return NULL;
	}
	const unsigned char *bytes = get_bytes(message, length);

	return bytes != NULL ? memory_text_n((const char *)bytes, (size_t)length) : NULL;
}

size_t message_get_below(struct message *message, uint64_t end)
{
	uint64_t number = message_get(message);

	if (number >= end) {
		message->broken = true;
		return 0;
	}
	return (size_t)number;
}

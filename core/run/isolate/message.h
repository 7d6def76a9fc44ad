/**
 * \file    run/isolate/message.h
 * \brief   Numbers and texts in a row of bytes
 */
#ifndef RUN_ISOLATE_MESSAGE_H
#define RUN_ISOLATE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero-initialize to pack; set data and length to unpack. */
struct message {
	unsigned char *data;
	size_t length;
	size_t place; /* of what is unpacked next */
	bool broken;  /* something was not there; all that follows is 0 */
};

void message_put(struct message *message, uint64_t number);
void message_put_real(struct message *message, double number);
void message_put_text(struct message *message, const char *text);

uint64_t message_get(struct message *message);
double message_get_real(struct message *message);

/** malloc'ed; NULL when NULL was put */
char *message_get_text(struct message *message);

/** A number below an end; else broken, and 0 */
size_t message_get_below(struct message *message, uint64_t end);

#endif

/**
 * \file    run/parcel.h
 * \brief   Numbers and texts in a row of bytes
 */
#ifndef RUN_PARCEL_H
#define RUN_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero-initialise to pack; set data and length to unpack. */
struct parcel {
	unsigned char *data;
	size_t length;
	size_t place;           /* of what is unpacked next */
	bool broken;            /* something was not there; all that follows is 0 */
};

void parcel_put(struct parcel *parcel, uint64_t number);
void parcel_put_real(struct parcel *parcel, double number);
void parcel_put_text(struct parcel *parcel, const char *text);

uint64_t parcel_get(struct parcel *parcel);
double parcel_get_real(struct parcel *parcel);

/** malloc'ed; NULL when NULL was put */
char *parcel_get_text(struct parcel *parcel);

/** A number below an end; else broken, and 0 */
size_t parcel_get_below(struct parcel *parcel, uint64_t end);

#endif

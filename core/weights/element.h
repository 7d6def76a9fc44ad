/**
 * \file    weights/element.h
 * \brief   Elements of tensors of any type, from the bytes of a file
 *
 * The bytes are little-endian and may have any alignment, whatever the byte order of this
 * machine.
 */
#ifndef WEIGHTS_ELEMENT_H
#define WEIGHTS_ELEMENT_H

#include "weights/entry.h"

/** An element of any type that is not complex, rounded to float32 */
float element_float(enum weights_dtype dtype, const unsigned char *bytes);

/** The same for elements that lie one after another */
void elements_float(enum weights_dtype dtype, const unsigned char *bytes, int64_t count,
		float *out);

/** An element of a floating-point type, exactly */
double element_double(enum weights_dtype dtype, const unsigned char *bytes);

/** An element of an integer type or a bool; those of 2^63 and above become negative. */
int64_t element_integer(enum weights_dtype dtype, const unsigned char *bytes);

#endif

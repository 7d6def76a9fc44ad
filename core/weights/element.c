/**
 * \file    weights/element.c
 * \brief   Elements of tensors of any type, from the bytes of a file
 */
#include "weights/element.h"

#include <string.h>

#include "weights/bytes.h"

static float float_from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/** Convert IEEE 754 binary16, exactly */
static float float_from_half(uint32_t half)
{
	uint32_t sign = (half & 0x8000U) << 16;
	uint32_t exponent = half >> 10 & 0x1fU;
	uint32_t fraction = half & 0x3ffU;

	if (exponent == 0x1f) {
		return float_from_bits(sign | 0x7f800000U | fraction << 13);
	}
	if (exponent != 0) {
		return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
	}
	/* Subnormal: a multiple of 2^-24 */
	return (sign != 0 ? -1.0F : 1.0F) * (float)fraction * 0x1p-24F;
}

/** Convert OCP 8-bit floating point, format E4M3, exactly: it has no infinities and one
 * NaN of each sign. Source: OCP 8-bit Floating Point Specification, revision 1.0,
 * section 5
 */
static float float_from_e4m3(uint32_t bits)
{
	uint32_t sign = (bits & 0x80U) << 24;
	uint32_t exponent = bits >> 3 & 0xfU;
	uint32_t fraction = bits & 0x7U;

	if ((bits & 0x7fU) == 0x7fU) {
		return float_from_bits(sign | 0x7fc00000U);
	}
	if (exponent != 0) {
		return float_from_bits(sign | (exponent + 120) << 23 | fraction << 20);
	}
	/* Subnormal: a multiple of 2^-9 */
	return (sign != 0 ? -1.0F : 1.0F) * (float)fraction * 0x1p-9F;
}

static double double_from_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

float element_float(enum weights_dtype dtype, const unsigned char *bytes)
{
	uint64_t bits = bytes_number(bytes, dtype_size(dtype));

	switch (dtype) {
	case DTYPE_FLOAT32:
		return float_from_bits((uint32_t)bits);
	case DTYPE_FLOAT64:
		return (float)double_from_bits(bits);
	case DTYPE_FLOAT16:
		return float_from_half((uint32_t)bits);
	case DTYPE_BFLOAT16:
		return float_from_bits((uint32_t)bits << 16);
	case DTYPE_FLOAT8_E4M3:
		return float_from_e4m3((uint32_t)bits);
	case DTYPE_FLOAT8_E5M2: /* the upper half of a binary16 */
		return float_from_half((uint32_t)bits << 8);
	case DTYPE_INT64:
		return (float)(int64_t)bits;
	case DTYPE_INT32:
		return (float)(int32_t)bits;
	case DTYPE_INT16:
		return (float)(int16_t)bits;
	case DTYPE_INT8:
		return (float)(int8_t)bits;
	case DTYPE_BOOL:
		return bits != 0 ? 1.0F : 0.0F;
	default:
		return (float)bits;
	}
}

/** Elements of a single byte, by a table of all 256 */
static void bytes_float(enum weights_dtype dtype, const unsigned char *bytes,
		int64_t count, float *out)
{
	float table[256];

	for (size_t i = 0; i < 256; i++) {
		table[i] = element_float(dtype, &(unsigned char){ (unsigned char)i });
	}
	for (int64_t i = 0; i < count; i++) {
		out[i] = table[bytes[i]];
	}
}

void elements_float(enum weights_dtype dtype, const unsigned char *bytes, int64_t count,
		float *out)
{
	const size_t size = dtype_size(dtype);

	if (size == 1 && count >= 256) {
		bytes_float(dtype, bytes, count, out);
	} else if (dtype == DTYPE_FLOAT16) {
		/* Networks ship in half precision: this loop asks for no type. */
		for (int64_t i = 0; i < count; i++, bytes += size) {
			out[i] = float_from_half((uint32_t)bytes[0]
					| (uint32_t)bytes[1] << 8);
		}
	} else {
		for (int64_t i = 0; i < count; i++, bytes += size) {
			out[i] = element_float(dtype, bytes);
		}
	}
}

double element_double(enum weights_dtype dtype, const unsigned char *bytes)
{
	return dtype == DTYPE_FLOAT64 ? double_from_bits(bytes_number(bytes, 8))
				      : (double)element_float(dtype, bytes);
}

int64_t element_integer(enum weights_dtype dtype, const unsigned char *bytes)
{
	uint64_t bits = bytes_number(bytes, dtype_size(dtype));

	switch (dtype) {
	case DTYPE_INT32:
		return (int32_t)bits;
	case DTYPE_INT16:
		return (int16_t)bits;
	case DTYPE_INT8:
		return (int8_t)bits;
	case DTYPE_BOOL:
		return bits != 0;
	default:
		return (int64_t)bits;
	}
}

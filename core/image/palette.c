/**
 * \file    image/palette.c
 * \brief   Colors of the classes in label maps
 */
#include "image/palette.h"

uint32_t palette_color(int64_t index)
{
	uint32_t red = 0, green = 0, blue = 0;
	uint64_t bits = (uint64_t)index;

	for (int shift = 7; shift >= 0; shift--) {
		red |= (uint32_t)(bits & 1) << shift;
		green |= (uint32_t)(bits >> 1 & 1) << shift;
		blue |= (uint32_t)(bits >> 2 & 1) << shift;
		bits >>= 3;
	}
	return red << 16 | green << 8 | blue;
}

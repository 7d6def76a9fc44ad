/**
 * \file    image/png_filter.c
 * \brief   PNG's filters of rows
 *
 * libpng's own take a sample at a time, and as long as all that compression takes here.
 */
#include "image/png_filter.h"

#include <png.h>
#include <stdint.h>
#include <string.h>

static int16_t distance(int16_t a, int16_t b)
{
	int16_t difference = (int16_t)(a - b);

	return (int16_t)(difference < 0 ? -difference : difference);
}

/** What the samples to the left, above, and above that to the left let expect */
static int16_t predict(int16_t left, int16_t above, int16_t corner)
{
	int16_t from_left = distance(above, corner);
	int16_t from_above = distance(left, corner);
	int16_t from_corner = distance((int16_t)(left + above), (int16_t)(2 * corner));
	int16_t other = from_above <= from_corner ? above : corner;

	return from_left <= from_above && from_left <= from_corner ? left : other;
}

/** Number of neighboring samples that are filtered at once, in the CPU's registers */
#define BLOCK 16

static void filter_block(const unsigned char *row, const unsigned char *above, int pixel,
		unsigned char *restrict out)
{
	for (int i = 0; i < BLOCK; i++) {
		out[i] = (unsigned char)(row[i]
				- predict(row[i - pixel], above[i], above[i - pixel]));
	}
}

/** Without a sample to the left, and without a row above, these are 0. */
static void filter_paeth(const unsigned char *row, const unsigned char *above, int pixel,
		size_t size, unsigned char *out)
{
	size_t i = 0;

	for (; i < (size_t)pixel; i++) {
		out[i] = (unsigned char)(row[i] - (above != NULL ? above[i] : 0));
	}
	for (; above != NULL && i + BLOCK <= size; i += BLOCK) {
		filter_block(row + i, above + i, pixel, out + i);
	}
	for (; i < size; i++) {
		int16_t left = row[i - (size_t)pixel];

		out[i] = (unsigned char)(row[i]
				- (above != NULL ? predict(left, above[i],
						   above[i - (size_t)pixel])
						 : left));
	}
}

void png_filter_row(int filter, const unsigned char *row, const unsigned char *above,
		int pixel, size_t size, unsigned char *out)
{
	*out++ = (unsigned char)filter;
	if (filter == PNG_FILTER_VALUE_PAETH) {
		filter_paeth(row, above, pixel, size, out);
	} else {
		memcpy(out, row, size);
	}
}

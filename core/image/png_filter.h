/**
 * \file    image/png_filter.h
 * \brief   PNG's filters of rows
 */
#ifndef IMAGE_PNG_FILTER_H
#define IMAGE_PNG_FILTER_H

#include <stddef.h>

/**
 * \brief   Filter a row, PNG 9.2
 *
 * \param   filter  PNG_FILTER_VALUE_NONE or PNG_FILTER_VALUE_PAETH
 * \param   row     `size` bytes
 * \param   above   The row before; NULL: there is none
 * \param   pixel   Bytes of a pixel
 * \param   out     size + 1 bytes, the filter's number first
 */
void png_filter_row(int filter, const unsigned char *row, const unsigned char *above,
		int pixel, size_t size, unsigned char *out);

#endif

/**
 * \file    image/quantize.h
 * \brief   Reduces a picture to at most 256 colors
 */
#ifndef IMAGE_QUANTIZE_H
#define IMAGE_QUANTIZE_H

#include "image/image.h"

/** Largest number of colors in a palette */
#define QUANTIZE_COLORS 256

/**
 * \brief   Choose a palette for a picture and describe the picture by it
 *
 * A picture with no more than QUANTIZE_COLORS colors keeps them all. Otherwise the set
 * of colors is split repeatedly, always the part with the largest variance (after Wan,
 * Wong, Prusinkiewicz 1988, "An algorithm for multidimensional data clustering"), and
 * each pixel gets the nearest part's mean.
 *
 * \param   image       Gray or RGB; the opacity of RGBA is ignored
 * \param   palette     Red, green and blue of each color
 * \param   indices     width * height indices into palette
 *
 * \return  Number of colors, or 0 when out of memory
 */
int image_quantize(const struct image *image, unsigned char palette[QUANTIZE_COLORS][3],
		unsigned char *indices);

#endif

/**
 * \file    image/quantize.h
 * \brief   A picture in at most 256 colors
 */
#ifndef IMAGE_QUANTIZE_H
#define IMAGE_QUANTIZE_H

#include "image/image.h"

/** Most colors of a palette */
#define QUANTIZE_COLORS 256

/**
 * \brief   Choose a palette for a picture and describe the picture by it
 *
 * A picture of no more than QUANTIZE_COLORS colors keeps them all. Otherwise the
 * colors are divided where they deviate most from their mean, until there are
 * enough parts (after Wan, Wong, Prusinkiewicz 1988, "An algorithm for
 * multidimensional data clustering"), and each pixel takes the nearest part's mean.
 *
 * \param   image       Gray or RGB; of RGBA the opacity is left out
 * \param   palette     Red, green and blue of each color
 * \param   indices     width * height places in palette
 *
 * \return  Number of colors, or 0 when memory is short
 */
int image_quantize(const struct image *image, unsigned char palette[QUANTIZE_COLORS][3],
		unsigned char *indices);

#endif

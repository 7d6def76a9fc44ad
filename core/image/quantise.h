/**
 * \file    image/quantise.h
 * \brief   A picture in at most 256 colours
 */
#ifndef IMAGE_QUANTISE_H
#define IMAGE_QUANTISE_H

#include "image/image.h"

/** Most colours of a palette */
#define QUANTISE_COLORS 256

/**
 * \brief   Choose a palette for a picture and describe the picture by it
 *
 * A picture of no more than QUANTISE_COLORS colours keeps them all. Otherwise the
 * colours are divided where they deviate most from their mean, until there are
 * enough parts (after Wan, Wong, Prusinkiewicz 1988, "An algorithm for
 * multidimensional data clustering"), and each pixel takes the nearest part's mean.
 *
 * \param   image       Grey or RGB; of RGBA the opacity is left out
 * \param   palette     Red, green and blue of each colour
 * \param   indices     width * height places in palette
 *
 * \return  Number of colours, or 0 when memory is short
 */
int image_quantise(const struct image *image,
		unsigned char palette[QUANTISE_COLORS][3], unsigned char *indices);

#endif

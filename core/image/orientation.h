/**
 * \file    image/orientation.h
 * \brief   EXIF's orientation: how a camera was held, and turning its picture upright
 *
 * Orientations are EXIF's numbers 1 to 8; 1 is upright.
 */
#ifndef IMAGE_ORIENTATION_H
#define IMAGE_ORIENTATION_H

#include "image/image.h"

/**
 * \brief   The orientation that EXIF data tell
 *
 * \param   data    TIFF structure, with or without "Exif\0\0" in front; of a long one
 *                  only what would fit into a JPEG file is looked at
 *
 * \return  1 to 8; 1 where they say nothing sensible
 */
int orientation_parse(const unsigned char *data, size_t size);

/** Whether turning makes a wide picture high */
bool orientation_swaps_sides(int orientation);

/**
 * \brief   Turn and mirror a picture of 3 channels upright
 *
 * \param   image   Is replaced by a new picture and freed; kept when memory is short
 */
cnnviz_status orientation_apply(int orientation, struct image **image,
		struct error *error);

#endif

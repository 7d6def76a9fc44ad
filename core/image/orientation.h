/**
 * \file    image/orientation.h
 * \brief   The EXIF orientation: how a camera was held
 *
 * Orientations are EXIF's numbers 1 to 8; 1 is upright.
 */
#ifndef IMAGE_ORIENTATION_H
#define IMAGE_ORIENTATION_H

#include "image/image.h"

/**
 * \brief   Read the orientation from EXIF data
 *
 * \param   data    TIFF structure, with or without "Exif\0\0" in front; only as much as
 *                     fits into a JPEG segment is read
 *
 * \return  1 to 8; 1 when it is missing or invalid
 */
int orientation_parse(const unsigned char *data, size_t size);

/** Whether applying an orientation swaps width and height */
bool orientation_swaps_sides(int orientation);

/**
 * \brief   Rotate and mirror a picture of 3 channels as its orientation says
 *
 * \param   image   Freed and replaced by a new picture; kept when out of memory
 */
cnnviz_status orientation_apply(int orientation, struct image **image,
		struct error *error);

#endif

/**
 * \file    image/write.h
 * \brief   Writes pictures as PNG or JPEG
 */
#ifndef IMAGE_WRITE_H
#define IMAGE_WRITE_H

#include "image/image.h"

/** "png", or "jpg" if JPEG is asked for and can hold the picture, which has no opacity */
const char *image_extension(const struct image *image, bool jpeg);

/**
 * \brief   Write a picture, atomically, as its path's extension says
 *
 * \param   quality Of a JPEG, 1 to 100
 */
cnnviz_status image_write(const char *path, const struct image *image, int quality,
		struct error *error);

#endif

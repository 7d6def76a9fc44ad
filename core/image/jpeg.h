/**
 * \file    image/jpeg.h
 * \brief   Decoding JPEG files
 */
#ifndef IMAGE_JPEG_H
#define IMAGE_JPEG_H

#include "image/image.h"

/* Both take the whole file as bytes. Their errors do not name the path. */

/**
 * \brief   Decode to RGB, with the EXIF orientation applied
 *
 * \param   ended   Set to whether the file has its end marker; a file that lacks only
 *                  that is decoded
 */
cnnviz_status image_decode_jpeg(const unsigned char *data, size_t size,
		struct image **image, bool *ended, struct error *error);

/**
 * Size of the picture with the EXIF orientation applied, from the markers before the
 * pixels
 */
cnnviz_status image_probe_jpeg(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error);

#endif

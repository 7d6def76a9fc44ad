/**
 * \file    image/jpeg.h
 * \brief   Decoding and writing JPEG files
 */
#ifndef IMAGE_JPEG_H
#define IMAGE_JPEG_H

#include "image/image.h"

/* Decoders take the whole file as bytes. Their errors do not name the path. */

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

/**
 * \brief   Write as baseline JPEG, atomically, with as many samples of the colors as of brightness
 *
 * \param   image   Gray or RGB: there is no opacity in JPEG
 * \param   quality 1 to 100, in libjpeg's scale
 */
cnnviz_status image_write_jpeg(const char *path, const struct image *image, int quality,
		struct error *error);

#endif

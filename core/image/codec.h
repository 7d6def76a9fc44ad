/**
 * \file    image/codec.h
 * \brief   The two file formats, as image.c calls them
 *
 * All take the whole file as bytes. Errors leave the path out: image.c puts it in
 * front.
 */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include "image/image.h"

/**
 * \brief   Decode to RGB; alpha is composited over white; turned as EXIF's orientation says
 *
 * \param   ended   Whether the file has its end; one that lacks only that is decoded
 */
cnnviz_status image_decode_png(const unsigned char *data, size_t size,
		struct image **image, bool *ended, struct error *error);

/** Size of the picture after it is turned; the pixels are not decoded */
cnnviz_status image_probe_png(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error);

/** Decode to RGB, likewise. */
cnnviz_status image_decode_jpeg(const unsigned char *data, size_t size,
		struct image **image, bool *ended, struct error *error);

/** Size of the picture after it is turned, from the markers before the pixels */
cnnviz_status image_probe_jpeg(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error);

/** Whether a picture of that size is read at all; call before taking memory */
cnnviz_status image_check_size(int64_t width, int64_t height, struct error *error);

#endif

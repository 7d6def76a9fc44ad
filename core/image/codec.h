/**
 * \file    image/codec.h
 * \brief   Decoders of the two file formats, for image.c
 *
 * All take the whole file as bytes. Their errors do not name the path: image.c adds it.
 */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include "image/image.h"

/**
 * \brief   Decode to RGB; alpha is composited over white, and the EXIF orientation is
 *                     applied
 *
 * \param   ended   Set to whether the file has its end marker; a file that lacks only
 *                     that is decoded
 */
cnnviz_status image_decode_png(const unsigned char *data, size_t size,
		struct image **image, bool *ended, struct error *error);

/** Size of the picture with the EXIF orientation applied; the pixels are not decoded */
cnnviz_status image_probe_png(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error);

/** Decode to RGB, with the EXIF orientation applied; ended as above. */
cnnviz_status image_decode_jpeg(const unsigned char *data, size_t size,
		struct image **image, bool *ended, struct error *error);

/**
 * Size of the picture with the EXIF orientation applied, from the markers before the
 * pixels
 */
cnnviz_status image_probe_jpeg(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error);

/** Refuse a picture that is empty or too large; call before allocating its pixels */
cnnviz_status image_check_size(int64_t width, int64_t height, struct error *error);

#endif

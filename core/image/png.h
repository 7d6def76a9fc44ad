/**
 * \file    image/png.h
 * \brief   Decoding and writing PNG files
 */
#ifndef IMAGE_PNG_H
#define IMAGE_PNG_H

#include "base/file.h"
#include "image/image.h"

/* Decoders take the whole file as bytes. Their errors do not name the path. */

/**
 * \brief   Decode to RGB; alpha is composited over white, and the EXIF orientation is
 *                     applied
 *
 * \param   opacity Decode to RGBA where the picture has opacity
 * \param   ended   Set to whether the file has its end marker; a file that lacks only
 *                     that is decoded
 */
cnnviz_status image_decode_png(const unsigned char *data, size_t size, bool opacity,
		struct image **image, bool *ended, struct error *error);

/** Size of the picture with the EXIF orientation applied; the pixels are not decoded */
cnnviz_status image_probe_png(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error);

/** Write as PNG into a writer, which is committed, or aborted if this fails. */
cnnviz_status image_put_png(struct writer *writer, const struct image *image,
		struct error *error);

/** Write as PNG, atomically. */
cnnviz_status image_write_png(const char *path, const struct image *image,
		struct error *error);

/**
 * \brief   Write a label map as an 8-bit indexed PNG in palette_color()'s colors
 *
 * \param   labels  One channel of class indices
 */
cnnviz_status image_write_labels(const char *path, const struct image *labels,
		struct error *error);

#endif

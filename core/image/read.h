/**
 * \file    image/read.h
 * \brief   Reading pictures of any format
 */
#ifndef IMAGE_READ_H
#define IMAGE_READ_H

#include "image/image.h"

/**
 * \brief   Read a PNG or JPEG file as RGB
 *
 * The format is detected from the first bytes. PNG: every color type and depth,
 * interlaced, alpha over white, tRNS; of 16 bits the high byte is kept, as Pillow does.
 * JPEG: gray, YCbCr, RGB, CMYK and YCCK (Adobe inversion). The EXIF orientation is
 * applied to both. The size is checked before memory is allocated.
 *
 * A file without its end marker, but with all pixels, is read with a warning in the
 * log.
 *
 * Errors name the path: cannot be opened, is neither PNG nor JPEG, is truncated or
 * corrupt, is too large.
 */
cnnviz_status image_read(const char *path, struct image **image, struct error *error);

/** Like image_read(), but RGBA where the picture has opacity */
cnnviz_status image_read_with_opacity(const char *path, struct image **image,
		struct error *error);

/** Read only the header: errors as for image_read(), and the size of the picture */
cnnviz_status image_probe(const char *path, int64_t *width, int64_t *height,
		struct error *error);

#endif

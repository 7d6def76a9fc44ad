/**
 * \file    image/write.c
 * \brief   Writes pictures as PNG or JPEG
 */
#include "image/write.h"

#include <string.h>

#include "image/jpeg.h"
#include "image/png.h"

#define JPEG_EXTENSION "jpg"

const char *image_extension(const struct image *image, bool jpeg)
{
	return jpeg && image->channels != 4 ? JPEG_EXTENSION : "png";
}

cnnviz_status image_write(const char *path, const struct image *image, int quality,
		struct error *error)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && strcmp(dot, "." JPEG_EXTENSION) == 0
			? image_write_jpeg(path, image, quality, error)
			: image_write_png(path, image, error);
}

/**
 * \file    fuzz/fuzz_picture.h
 * \brief   Pictures that a decoder gives: what all of them must keep to
 */
#ifndef FUZZ_PICTURE_H
#define FUZZ_PICTURE_H

#include "fuzz_file.h"

#include "base/limits.h"
#include "image/image.h"

/** Small pictures teach as much as large ones, and more of them can be decoded. */
static inline void fuzz_limit_pictures(void)
{
	limit_set(LIMIT_PICTURE_PIXELS, 1 << 16);
	limit_set(LIMIT_PICTURE_BYTES, 1 << 20);
}

/** A picture must have the size that its header says, within the limits; frees it. */
static inline void fuzz_check_picture(struct image *image, int64_t width, int64_t height)
{
	volatile unsigned char sink = 0;

	if (image->width != width || image->height != height
			|| width * height > limit_get(LIMIT_PICTURE_PIXELS)) {
		abort();
	}
	for (int64_t i = 0; i < width * height * image->channels; i++) {
		sink = image->pixels[i];
	}
	(void)sink;
	image_free(image);
}

#endif

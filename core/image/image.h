/**
 * \file    image/image.h
 * \brief   8-bit RGB pictures: reading, resampling, writing
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/error.h"

/** 8-bit picture, rows of interleaved samples without padding. */
struct image {
	int64_t width;
	int64_t height;
	int channels; /* 1 gray, 3 RGB, 4 RGBA */
	unsigned char *pixels;
};

/** Largest width or height, and largest number of pixels, that is read */
#define IMAGE_MAX_EXTENT 32768
#define IMAGE_MAX_PIXELS (INT64_C(1) << 28)

/** NULL when out of memory or when width or height is not in 1..IMAGE_MAX_EXTENT */
struct image *image_create(int64_t width, int64_t height, int channels);
void image_free(struct image *image);

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

/** Read only the header: errors as for image_read(), and the size of the picture */
cnnviz_status image_probe(const char *path, int64_t *width, int64_t *height,
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

/**
 * \brief   Resample as Pillow does: 8 bits in and out, antialiased
 *
 * \param   filter  One of CNNVIZ_FILTER_*
 * \param   box     x0, y0, x1, y1 of the part of the source to use, or NULL for all of
 *                     it
 */
cnnviz_status image_resize(const struct image *source, int64_t width, int64_t height,
		uint32_t filter, const double box[4], struct image **result,
		struct error *error);

enum image_fit {
	IMAGE_FIT_STRETCH, /* to the size; the aspect ratio is not kept */
	IMAGE_FIT_CROP, /* shorter side to size * 256/224, then the center, as torchvision */
	IMAGE_FIT_PAD,  /* longer side to the size, centered on gray (124,116,104) */
	IMAGE_FIT_NONE, /* unchanged */
};

cnnviz_status image_fit(const struct image *source, int64_t width, int64_t height,
		enum image_fit fit, uint32_t filter, struct image **result,
		struct error *error);

/**
 * \brief   Transform maps over a fitted picture back to the original picture
 *
 * \param   view    (N,C,h,w) with any h and w; covers the result of image_fit()
 * \param   fitted  Height and width of the result of image_fit()
 * \param   width, height   Size of the original picture
 * \param   result  New (N,C,height,width); 0 where image_fit() cropped the picture
 */
cnnviz_status image_unfit(const cnnviz_tensor *view, const int64_t fitted[2],
		enum image_fit fit, uint32_t filter, int64_t width, int64_t height,
		cnnviz_tensor **result, struct error *error);

/** How a network expects its input to be normalized */
struct normalization {
	int channels;  /* 1 or 3 */
	bool bgr;      /* channel order */
	float scale;   /* what pixel value 1.0 becomes; mean and std are in that unit */
	float mean[3]; /* by the network's channels, so blue comes first if bgr is true */
	float std[3];
};

/**
 * \brief   8-bit picture to item n of (N,C,H,W); sizes must agree
 *
 * A network with one input channel gets the ITU-R 601 luma. Fails if the tensor's shape
 * does not fit.
 */
cnnviz_status image_to_tensor(const struct image *image,
		const struct normalization *normalization, cnnviz_tensor *tensor,
		int64_t n, struct error *error);

/**
 * Convert values 0..1 of item n of (N,C,H,W), or of (C,H,W), to 8 bits, rounded; C is
 * 1, 3, or 4 with opacity; NaN becomes 0
 */
cnnviz_status image_from_tensor(const cnnviz_tensor *tensor, int64_t n,
		struct image **image, struct error *error);

/** Resample float maps (N,C,h,w) as Pillow's mode F: half-pixel centers, antialiased */
cnnviz_status tensor_resize(const cnnviz_tensor *source, int64_t height, int64_t width,
		uint32_t filter, cnnviz_tensor **result, struct error *error);

/** Names in the order of CNNVIZ_FILTER_*: "nearest", "bilinear", "bicubic", "lanczos"; NULL-terminated */
extern const char *const image_filter_names[];
/** Names in the order of enum image_fit: "stretch", "crop", "pad", "none"; NULL-terminated */
extern const char *const image_fit_names[];

#endif

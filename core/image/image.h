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

/** NULL when memory is short or an extent is not in 1..IMAGE_MAX_EXTENT */
struct image *image_create(int64_t width, int64_t height, int channels);
void image_free(struct image *image);

/**
 * \brief   Read a PNG or JPEG file as RGB
 *
 * The kind is told from the first bytes. PNG: every color type and depth,
 * interlaced, alpha over white, tRNS; 16 bit keeps the high byte as Pillow does.
 * JPEG: gray, YCbCr, RGB, CMYK and YCCK (Adobe inversion). Both are turned as EXIF's
 * orientation says. Dimensions are checked before memory is taken.
 *
 * A file that lacks its end alone, not a pixel, is read with a warning in the log.
 *
 * Errors name the path: cannot be opened, is neither PNG nor JPEG, is cut short
 * or corrupt, is too large.
 */
cnnviz_status image_read(const char *path, struct image **image, struct error *error);

/** Only the header: whether image_read() can be expected to work, and the size */
cnnviz_status image_probe(const char *path, int64_t *width, int64_t *height,
		struct error *error);

/** Write as PNG; the file appears whole or not at all. */
cnnviz_status image_write_png(const char *path, const struct image *image,
		struct error *error);

/**
 * \brief   Write a label map as PNG with palette_color()'s colors, 8 bit for each pixel
 *
 * \param   labels  Of 1 channel: class indices
 */
cnnviz_status image_write_labels(const char *path, const struct image *labels,
		struct error *error);

/**
 * \brief   Resample as Pillow does, 8 bit in and out, antialiased
 *
 * \param   filter  One of CNNVIZ_FILTER_*
 * \param   box     x0, y0, x1, y1 of the part of the source to take, or NULL
 */
cnnviz_status image_resize(const struct image *source, int64_t width, int64_t height,
		uint32_t filter, const double box[4], struct image **result,
		struct error *error);

enum image_fit {
	IMAGE_FIT_STRETCH, /* to the size, whatever the aspect */
	IMAGE_FIT_CROP, /* shorter side to size * 256/224, then the center, as torchvision */
	IMAGE_FIT_PAD,  /* longer side to the size, gray (124,116,104) around, centered */
	IMAGE_FIT_NONE, /* as it is */
};

cnnviz_status image_fit(const struct image *source, int64_t width, int64_t height,
		enum image_fit fit, uint32_t filter, struct image **result,
		struct error *error);

/**
 * \brief   Bring maps over a fitted picture back over the picture itself
 *
 * \param   view    (N,C,h,w) of any h and w; covers what image_fit() has made
 * \param   fitted  Height and width of that
 * \param   width, height   Of the picture
 * \param   result  New (N,C,height,width); 0 where the fitted picture shows nothing of it
 */
cnnviz_status image_unfit(const cnnviz_tensor *view, const int64_t fitted[2],
		enum image_fit fit, uint32_t filter, int64_t width, int64_t height,
		cnnviz_tensor **result, struct error *error);

/** How a network wants its input */
struct normalization {
	int channels; /* 1 or 3 */
	bool bgr;     /* channel order */
	float scale; /* pixel value 1.0 corresponds to scale; mean and std are in that unit */
	float mean[3]; /* of the network's channel c, so blue comes first where bgr is true */
	float std[3];
};

/**
 * \brief   8-bit picture to item n of (N,C,H,W); sizes must agree
 *
 * A network of one channel gets ITU-R 601 luma. Errors: the tensor's shape.
 */
cnnviz_status image_to_tensor(const struct image *image,
		const struct normalization *normalization, cnnviz_tensor *tensor,
		int64_t n, struct error *error);

/** Values 0..1 of item n of (N,C,H,W), or of (C,H,W), to 8 bit, rounded; C is 1, 3, or 4
 * with opacity; NaN becomes 0 */
cnnviz_status image_from_tensor(const cnnviz_tensor *tensor, int64_t n,
		struct image **image, struct error *error);

/** Resample float maps (N,C,h,w): half-pixel centers, antialiased, as Pillow's mode F */
cnnviz_status tensor_resize(const cnnviz_tensor *source, int64_t height, int64_t width,
		uint32_t filter, cnnviz_tensor **result, struct error *error);

/** Names in the order of CNNVIZ_FILTER_*: "nearest", "bilinear", "bicubic", "lanczos"; NULL-terminated */
extern const char *const image_filter_names[];
/** Names in the order of enum image_fit: "stretch", "crop", "pad", "none"; NULL-terminated */
extern const char *const image_fit_names[];

#endif

/**
 * \file    image/fit.h
 * \brief   Bringing pictures to the size that a network takes, and maps back
 */
#ifndef IMAGE_FIT_H
#define IMAGE_FIT_H

#include "image/image.h"

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

/** A part of a picture, in its pixels */
struct image_part {
	int64_t left, top, width, height;
};

/**
 * The part of a picture of this size that lies in the result of image_fit(): all of it,
 * but for IMAGE_FIT_CROP. image_unfit() has zeros outside.
 */
struct image_part image_fitted_part(const int64_t fitted[2], enum image_fit fit,
		int64_t width, int64_t height);

/**
 * \brief   Where the result of image_fit() lies over a picture of this size
 *
 * \param   box     Left, top, width and height, in units of the picture's width and
 *                  height; with IMAGE_FIT_PAD it reaches beyond the picture
 */
void image_fitted_box(const int64_t fitted[2], enum image_fit fit, int64_t width,
		int64_t height, double box[4]);

/** Names in the order of enum image_fit: "stretch", "crop", "pad", "none"; NULL-terminated */
extern const char *const image_fit_names[];

#endif

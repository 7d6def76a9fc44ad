/**
 * \file    image/image.h
 * \brief   8-bit pictures, from and to tensors
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/error.h"

/** What a picture shows, as far as that tells how its samples are best compressed */
enum image_content {
	IMAGE_PHOTOGRAPH, /* neighbors are alike; also anything of which nothing is known */
	IMAGE_GRAIN,      /* neighbors say little of each other: gradients */
	IMAGE_SMOOTH,     /* gray, and without any detail: enlarged maps */
	IMAGE_COLORS,     /* at most 256 different colors: those of a color map */
};

/** 8-bit picture, rows of interleaved samples without padding. */
struct image {
	int64_t width;
	int64_t height;
	int channels; /* 1 gray, 3 RGB, 4 RGBA */
	enum image_content content;
	unsigned char *pixels;
	int references; /* counted by one thread */
};

/** Largest width or height */
#define IMAGE_MAX_EXTENT 32768

bool image_extent_is_valid(int64_t extent);

/** NULL when out of memory or when width or height is not in 1..IMAGE_MAX_EXTENT */
struct image *image_create(int64_t width, int64_t height, int channels);
/** One more reference to a picture, which image_free() takes away; NULL stays NULL */
struct image *image_ref(struct image *image);
/** Drop a reference; a picture is freed with its last one. */
void image_free(struct image *image);

/** Refuse a picture that is empty or too large; call before allocating its pixels */
cnnviz_status image_check_size(int64_t width, int64_t height, struct error *error);

/** Refuse a picture whose decoder takes too many bytes a pixel; its size is valid */
cnnviz_status image_check_bytes(int64_t width, int64_t height, int bytes,
		struct error *error);

/** Most channels that the input of a network may have */
#define INPUT_CHANNELS_MAX 256

/** How a network expects its input to be normalized */
struct normalization {
	int channels; /* 1 gray, 3 colors, 4 with opacity; others are not those of pictures */
	bool bgr;     /* blue comes first */
	float scale; /* what pixel value 1.0 becomes; mean and std are in that unit */
	float mean[INPUT_CHANNELS_MAX]; /* by the network's channels, in their order */
	float std[INPUT_CHANNELS_MAX];
};

/** Input values that are pixel values 0..1 */
struct normalization normalization_none(int channels);

/** Whether pictures can become inputs of so many channels */
bool channels_are_picture(int channels);

/** Channel of a picture, red first, that is channel c of the network's input */
int normalization_channel(const struct normalization *normalization, int c);

/**
 * \brief   8-bit picture to item n of (N,C,H,W); sizes must agree
 *
 * A network with one input channel gets the ITU-R 601 luma; a picture without opacity is
 * opaque. Fails if the tensor's shape does not fit.
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

#endif

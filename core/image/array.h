/**
 * \file    image/array.h
 * \brief   Inputs of a network that come as arrays (.npy) in place of pictures
 */
#ifndef IMAGE_ARRAY_H
#define IMAGE_ARRAY_H

#include "image/image.h"

/** Whether a file is a NumPy array, by what is in it; false where it cannot be read */
bool image_is_array(const char *path);

/**
 * \brief   Read an input (C,H,W) as it is
 *
 * \param   channels    What C must be; 0: any number
 *
 * Errors name the path: it is no array of float32, has another shape, or a value that is
 * infinite or not a number.
 */
cnnviz_status array_read(const char *path, int channels, cnnviz_tensor **input,
		struct error *error);

/**
 * \brief   What an input (C,H,W) shows
 *
 * The pixels that the normalization would make it of. Where its channels are not those of
 * pictures, their mean in gray, from the least (black) to the largest (white).
 */
cnnviz_status array_to_image(const cnnviz_tensor *input,
		const struct normalization *normalization, struct image **image,
		struct error *error);

#endif

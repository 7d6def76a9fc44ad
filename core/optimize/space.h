/**
 * \file    optimize/space.h
 * \brief   What is optimized: the input, the image or its spectrum
 */
#ifndef OPTIMIZE_SPACE_H
#define OPTIMIZE_SPACE_H

#include <cnnviz/optimize.h>

#define SPACE_CHANNELS_MAX 3

/** How pixel values 0..1 become the values that the network takes */
struct pixel_scale {
	int channels; /* 1 or 3 */
	bool bgr;     /* the network wants blue first; images have red first */
	float mean[SPACE_CHANNELS_MAX]; /* of the network's channels */
	float std[SPACE_CHANNELS_MAX];
};

/** Pixel values of (C,H,W), red first, to input values, and back without clipping */
void pixels_to_input(const struct pixel_scale *scale, int64_t area, const float *image,
		float *input);
void pixels_from_input(const struct pixel_scale *scale, int64_t area, const float *input,
		float *image);

/** A way to write an image as the numbers that an optimizer changes */
struct space;

/**
 * \brief   A space of images of one size
 *
 * \param   kind            CNNVIZ_SPACE_*
 * \param   decorrelate     Only with 3 channels; means nothing for SPACE_INPUT
 *
 * \return  NULL when memory is short.
 */
struct space *space_create(uint32_t kind, bool decorrelate,
		const struct pixel_scale *scale, int64_t height, int64_t width);
void space_free(struct space *space);

/** Numbers that stand for an image */
int64_t space_size(const struct space *space);

/** The input that a variable stands for */
void space_input(struct space *space, const float *variable, float *input);

/** From a gradient by the input to the gradient by the variable it stands for */
void space_gradient(struct space *space, const float *input, const float *by_input,
		float *by_variable);

/** The variable that stands for an image (nearly, where a sigmoid cannot reach it) */
void space_from_image(struct space *space, const float *image, float *variable);

#endif

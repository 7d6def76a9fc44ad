/**
 * \file    optimize/space.h
 * \brief   The variable that is optimized: the input, the image or its spectrum
 */
#ifndef OPTIMIZE_SPACE_H
#define OPTIMIZE_SPACE_H

#include <cnnviz/optimize.h>

#define SPACE_CHANNELS_MAX 256

/** How pixel values 0..1 are normalized to the network's input values */
struct pixel_scale {
	int channels; /* 1 gray, 3 or more with colors first */
	bool bgr;     /* the network expects blue first; images have red first */
	float mean[SPACE_CHANNELS_MAX]; /* by the network's channels */
	float std[SPACE_CHANNELS_MAX];
};

/** Convert pixel values (C,H,W), red first, to input values, and back without clipping */
void pixels_to_input(const struct pixel_scale *scale, int64_t area, const float *image,
		float *input);
void pixels_from_input(const struct pixel_scale *scale, int64_t area, const float *input,
		float *image);

/** A parameterization: represents an image by the variable that an optimizer changes */
struct space;

/**
 * \brief   Create a space for images of one size
 *
 * \param   kind            CNNVIZ_SPACE_*
 * \param   decorrelate     Requires 3 channels; ignored for SPACE_INPUT
 *
 * \return  NULL when out of memory
 */
struct space *space_create(uint32_t kind, bool decorrelate,
		const struct pixel_scale *scale, int64_t height, int64_t width);
void space_free(struct space *space);

/** A space in numbers, for those who compute it elsewhere; pointers are borrowed */
struct space_numbers {
	struct pixel_scale scale;
	bool decorrelate;
	double colors[3][3]; /* image = colors * decorrelated image, if decorrelate */
	float amplitude;     /* of a spectrum: image = sigmoid(amplitude * plane) */
	float margin;        /* and images are kept this far from 0 and 1 */
	const float *to_plane, *to_spectrum; /* weights (H,W/2+1) of both ways, or NULL */
};
struct space_numbers space_numbers(const struct space *space);

/** Number of elements of the variable that represents an image */
int64_t space_size(const struct space *space);

/** Compute the input that a variable represents */
void space_input(struct space *space, const float *variable, float *input);

/** Convert a gradient with respect to the input to one with respect to the variable */
void space_gradient(struct space *space, const float *input, const float *by_input,
		float *by_variable);

/**
 * Compute the variable that represents an image; nearly, where the sigmoid cannot reach
 * it
 */
void space_from_image(struct space *space, const float *image, float *variable);

#endif

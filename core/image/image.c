/**
 * \file    image/image.c
 * \brief   8-bit pictures, from and to tensors
 */
#include "image/image.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tensor.h"

bool image_extent_is_valid(int64_t extent)
{
	return extent >= 1 && extent <= IMAGE_MAX_EXTENT;
}

struct image *image_create(int64_t width, int64_t height, int channels)
{
	if (!image_extent_is_valid(width) || !image_extent_is_valid(height)
			|| (channels != 1 && channels != 3 && channels != 4)) {
		return NULL;
	}
	struct image *image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return NULL;
	}
	image->width = width;
	image->height = height;
	image->channels = channels;
	image->references = 1;
	image->pixels = calloc((size_t)(width * height), (size_t)channels);
	if (image->pixels == NULL) {
		free(image);
		return NULL;
	}
	return image;
}

struct image *image_ref(struct image *image)
{
	if (image != NULL) {
		image->references++;
	}
	return image;
}

void image_free(struct image *image)
{
	if (image != NULL && --image->references == 0) {
		free(image->pixels);
		free(image);
	}
}

cnnviz_status image_check_size(int64_t width, int64_t height, struct error *error)
{
	if (width < 1 || height < 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the picture has %lldx%lld pixels; it must have at least "
				"one",
				(long long)width, (long long)height);
	}
	if (width > IMAGE_MAX_EXTENT || height > IMAGE_MAX_EXTENT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the picture is too large (%lldx%lld pixels); scale it "
				"down to at most %d pixels a side",
				(long long)width, (long long)height, IMAGE_MAX_EXTENT);
	}
	return limit_check(LIMIT_PICTURE_PIXELS, (uint64_t)(width * height), error,
			"the picture is too large (%lldx%lld pixels); scale it down, it "
			"has",
			(long long)width, (long long)height);
}

cnnviz_status image_check_bytes(int64_t width, int64_t height, int bytes,
		struct error *error)
{
	return limit_check(LIMIT_PICTURE_BYTES,
			(uint64_t)(width * height) * (uint64_t)bytes, error,
			"the picture is too large (%lldx%lld pixels); scale it down, it "
			"takes",
			(long long)width, (long long)height);
}

/* ---- Tensors ------------------------------------------------------------- */

/** ITU-R 601 luma in Pillow's fixed point */
static unsigned char luma(const unsigned char *rgb)
{
	return (unsigned char)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u
					       + 0x8000u)
			>> 16);
}

/** Sample for channel c of a network's input */
static unsigned char pick_sample(const unsigned char *pixel, int pixel_channels,
		const struct normalization *normalization, int c)
{
	int channel = normalization_channel(normalization, c);

	if (channel == 3) {
		return pixel_channels == 4 ? pixel[3] : 255;
	}
	if (pixel_channels == 1) {
		return pixel[0];
	}
	return normalization->channels == 1 ? luma(pixel) : pixel[channel];
}

cnnviz_status image_to_tensor(const struct image *image,
		const struct normalization *normalization, cnnviz_tensor *tensor,
		int64_t n, struct error *error)
{
	const int64_t *shape = tensor_shape(tensor);
	float *data = tensor_mutable_data(tensor);
	char text[128];

	if (!channels_are_picture(normalization->channels)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the network takes inputs of %d channels, which no "
				"picture has; give them as arrays (.npy)",
				normalization->channels);
	}
	if (tensor_rank(tensor) != 4 || data == NULL || n < 0 || n >= shape[0]
			|| shape[1] != normalization->channels
			|| shape[2] != image->height || shape[3] != image->width) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a picture of %lldx%lld pixels does not fit a network "
				"input of shape %s",
				(long long)image->width, (long long)image->height,
				tensor_shape_text(tensor_rank(tensor), shape, text,
						sizeof(text)));
	}
	int64_t area = image->width * image->height;
	for (int c = 0; c < normalization->channels; c++) {
		float values[256];
		for (int i = 0; i < 256; i++) {
			values[i] = ((float)i / 255.0f * normalization->scale
						    - normalization->mean[c])
					/ normalization->std[c];
		}
		float *plane = data + (n * normalization->channels + c) * area;
		for (int64_t i = 0; i < area; i++) {
			plane[i] = values[pick_sample(image->pixels + i * image->channels,
					image->channels, normalization, c)];
		}
	}
	return CNNVIZ_OK;
}

/** NaN fails the comparison and becomes 0. */
static unsigned char to_level(float value)
{
	if (!(value > 0.0f)) {
		return 0;
	}
	return value >= 1.0f ? 255 : (unsigned char)(value * 255.0f + 0.5f);
}

cnnviz_status image_from_tensor(const cnnviz_tensor *tensor, int64_t n,
		struct image **image, struct error *error)
{
	uint32_t rank = tensor_rank(tensor);
	const int64_t *shape = tensor_shape(tensor);
	char text[128];

	/* (C,H,W) is one item. */
	int64_t count = rank == 4 ? shape[0] : 1;
	const int64_t *item = rank == 4 ? shape + 1 : shape;
	if ((rank != 3 && rank != 4) || n < 0 || n >= count
			|| (item[0] != 1 && item[0] != 3 && item[0] != 4)
			|| !image_extent_is_valid(item[1])
			|| !image_extent_is_valid(item[2])) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"item %lld of a tensor of shape %s is not a picture; "
				"pictures are (N,3,H,W), (N,1,H,W) or (N,4,H,W) with H "
				"and W up to %d",
				(long long)n,
				tensor_shape_text(rank, shape, text, sizeof(text)),
				IMAGE_MAX_EXTENT);
	}
	int channels = (int)item[0];
	struct image *made = image_create(item[2], item[1], channels);
	if (made == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)item[2], (long long)item[1]);
	}
	int64_t area = item[1] * item[2];
	const float *data = tensor_data(tensor) + n * channels * area;
	for (int c = 0; c < channels; c++) {
		for (int64_t i = 0; i < area; i++) {
			made->pixels[i * channels + c] = to_level(data[c * area + i]);
		}
	}
	*image = made;
	return CNNVIZ_OK;
}

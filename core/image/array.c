/**
 * \file    image/array.c
 * \brief   Inputs of a network that come as arrays (.npy) in place of pictures
 */
#include "image/array.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/npy.h"
#include "base/tensor.h"

bool image_is_array(const char *path)
{
	struct mapping *file = NULL;
	bool array = mapping_open(path, &file, NULL) == CNNVIZ_OK
			&& file->size >= NPY_MAGIC_SIZE
			&& memcmp(file->data, NPY_MAGIC, NPY_MAGIC_SIZE) == 0;

	mapping_unref(file);
	return array;
}

/* ---- Reading ------------------------------------------------------------------- */

static cnnviz_status check_shape(const char *path, const cnnviz_tensor *array,
		int channels, struct error *error)
{
	const int64_t *shape = tensor_shape(array);
	uint32_t rank = tensor_rank(array);
	char text[128];

	tensor_shape_text(rank, shape, text, sizeof(text));
	if (rank == 4 && shape[0] == 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has shape %s; save one input without the batch, "
				"(C,H,W), as in numpy.save(FILE, x[0])",
				path, text);
	}
	if (rank != 3 || !image_extent_is_valid(shape[1])
			|| !image_extent_is_valid(shape[2])) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has shape %s; an input is (C,H,W), with H and W up "
				"to %d",
				path, text, IMAGE_MAX_EXTENT);
	}
	if (channels != 0 && shape[0] != channels) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has shape %s, but the network takes (C,H,W) with %d "
				"channel%s%s",
				path, text, channels, channels == 1 ? "" : "s",
				shape[2] == channels ? "; save x.transpose(2, 0, 1)"
						     : "");
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_values(const char *path, const cnnviz_tensor *array,
		struct error *error)
{
	const float *values = tensor_data(array);
	int64_t row = tensor_shape(array)[2], plane = row * tensor_shape(array)[1];
	int64_t i = 0;

	if (tensor_is_finite(array)) {
		return CNNVIZ_OK;
	}
	while (isfinite(values[i])) {
		i++;
	}
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"%s has a value that is %s, first at [%lld,%lld,%lld]; replace "
			"it, as numpy.nan_to_num(x) does",
			path, isnan(values[i]) ? "not a number" : "infinite",
			(long long)(i / plane), (long long)(i % plane / row),
			(long long)(i % row));
}

cnnviz_status array_read(const char *path, int channels, cnnviz_tensor **input,
		struct error *error)
{
	cnnviz_tensor *array = NULL;
	cnnviz_status status = npy_read_exact(path, &array, error);

	if (status == CNNVIZ_OK) {
		status = check_shape(path, array, channels, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_values(path, array, error);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(array);
		return status;
	}
	*input = array;
	return CNNVIZ_OK;
}

/* ---- Showing ------------------------------------------------------------------- */

/** Pixel values 0..1, as far as the input has them, red first */
static void undo_normalization(const float *input, int64_t area,
		const struct normalization *normalization, float *pixels)
{
	for (int c = 0; c < normalization->channels; c++) {
		float *plane = pixels + normalization_channel(normalization, c) * area;

		for (int64_t i = 0; i < area; i++) {
			plane[i] = (input[c * area + i] * normalization->std[c]
						   + normalization->mean[c])
					/ normalization->scale;
		}
	}
}

/** The mean of the channels, from 0 to 1; 0.5 where it is the same everywhere */
static void average_channels(const float *input, int64_t area, int channels,
		float *pixels)
{
	float low = INFINITY, high = -INFINITY;

	for (int64_t i = 0; i < area; i++) {
		double sum = 0;

		for (int c = 0; c < channels; c++) {
			sum += (double)input[c * area + i];
		}
		pixels[i] = (float)(sum / channels);
		low = fminf(low, pixels[i]);
		high = fmaxf(high, pixels[i]);
	}
	for (int64_t i = 0; i < area; i++) {
		pixels[i] = high > low ? (pixels[i] - low) / (high - low) : 0.5F;
	}
}

cnnviz_status array_to_image(const cnnviz_tensor *input,
		const struct normalization *normalization, struct image **image,
		struct error *error)
{
	const int64_t *shape = tensor_shape(input);
	bool pixels = channels_are_picture(normalization->channels);
	cnnviz_tensor *seen = tensor_create_unset(3,
			(const int64_t[]){ pixels ? shape[0] : 1, shape[1], shape[2] });

	if (seen == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)shape[2], (long long)shape[1]);
	}
	if (pixels) {
		undo_normalization(tensor_data(input), shape[1] * shape[2], normalization,
				tensor_mutable_data(seen));
	} else {
		average_channels(tensor_data(input), shape[1] * shape[2],
				normalization->channels, tensor_mutable_data(seen));
	}
	cnnviz_status status = image_from_tensor(seen, 0, image, error);

	tensor_unref(seen);
	return status;
}

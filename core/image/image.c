/**
 * \file    image/image.c
 * \brief   Reads pictures, fits them to a size and converts them to and from tensors
 */
#include "image/image.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/tensor.h"
#include "image/codec.h"
#include "image/resample.h"

const char *const image_filter_names[] = {
	"nearest",
	"bilinear",
	"bicubic",
	"lanczos",
	NULL,
};
const char *const image_fit_names[] = {
	"stretch",
	"crop",
	"pad",
	"none",
	NULL,
};

/* The mean color of ImageNet, so that padding is near 0 after normalization. */
static const unsigned char padding_color[4] = { 124, 116, 104, 255 };
static const unsigned char padding_gray = 117;

static bool extent_is_valid(int64_t extent)
{
	return extent >= 1 && extent <= IMAGE_MAX_EXTENT;
}

struct image *image_create(int64_t width, int64_t height, int channels)
{
	if (!extent_is_valid(width) || !extent_is_valid(height)
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
	image->pixels = calloc((size_t)(width * height), (size_t)channels);
	if (image->pixels == NULL) {
		free(image);
		return NULL;
	}
	return image;
}

void image_free(struct image *image)
{
	if (image != NULL) {
		free(image->pixels);
		free(image);
	}
}

/* ---- Reading ------------------------------------------------------------- */

cnnviz_status image_check_size(int64_t width, int64_t height, struct error *error)
{
	if (width < 1 || height < 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the picture has %lldx%lld pixels; it must have at least "
				"one",
				(long long)width, (long long)height);
	}
	if (width > IMAGE_MAX_EXTENT || height > IMAGE_MAX_EXTENT
			|| width * height > IMAGE_MAX_PIXELS) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the picture is too large (%lldx%lld pixels); scale it "
				"down to at most %d pixels a side and %lld in total",
				(long long)width, (long long)height, IMAGE_MAX_EXTENT,
				(long long)IMAGE_MAX_PIXELS);
	}
	return CNNVIZ_OK;
}

struct format {
	const char *signature;
	size_t signature_size;
	cnnviz_status (*decode)(const unsigned char *data, size_t size,
			struct image **image, bool *ended, struct error *error);
	cnnviz_status (*probe)(const unsigned char *data, size_t size, int64_t *width,
			int64_t *height, struct error *error);
};

static const struct format formats[] = {
	{ "\x89PNG\r\n\x1a\n", 8, image_decode_png, image_probe_png },
	{ "\xff\xd8\xff", 3, image_decode_jpeg, image_probe_jpeg },
};

static const struct format *find_format(const struct mapping *file)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (file->size >= formats[i].signature_size
				&& memcmp(file->data, formats[i].signature,
						   formats[i].signature_size)
						== 0) {
			return &formats[i];
		}
	}
	return NULL;
}

/** Open a picture's file and detect its format; errors name the path. */
static cnnviz_status open_picture(const char *path, struct mapping **file,
		const struct format **format, struct error *error)
{
	cnnviz_status status = mapping_open(path, file, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	*format = find_format(*file);
	if (*format == NULL) {
		mapping_unref(*file);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s: is neither a PNG nor a JPEG picture; convert it to "
				"one of them",
				path);
	}
	return CNNVIZ_OK;
}

cnnviz_status image_read(const char *path, struct image **image, struct error *error)
{
	struct mapping *file;
	const struct format *format;
	bool ended;

	cnnviz_status status = open_picture(path, &file, &format, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = format->decode(file->data, file->size, image, &ended, error);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "%s", path);
	} else if (!ended) {
		log_write_once(LOG_LEVEL_WARNING,
				"%s: the end of the file is missing or damaged, but all "
				"pixels are there, so it is used",
				path);
	}
	mapping_unref(file);
	return status;
}

cnnviz_status image_probe(const char *path, int64_t *width, int64_t *height,
		struct error *error)
{
	struct mapping *file;
	const struct format *format;

	cnnviz_status status = open_picture(path, &file, &format, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = format->probe(file->data, file->size, width, height, error);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "%s", path);
	}
	mapping_unref(file);
	return status;
}

/* ---- Fitting ------------------------------------------------------------- */

/** torchvision's center_crop(): the margin is rounded half to even */
static int64_t center_offset(int64_t outer, int64_t inner)
{
	return (int64_t)nearbyint((double)(outer - inner) / 2.0);
}

/**
 * How a picture is fitted: resized, then moved; what lies outside the result is cropped
 */
struct placement {
	int64_t width, height; /* of the resized picture */
	int64_t left, top;     /* of its corner in the result; negative when cropped */
};

static struct placement crop_placement(int64_t source_width, int64_t source_height,
		int64_t width, int64_t height)
{
	struct placement placement = {
		.width = (int64_t)nearbyint((double)width * 256.0 / 224.0),
		.height = (int64_t)nearbyint((double)height * 256.0 / 224.0),
	};

	if (source_width * placement.height <= source_height * placement.width) {
		placement.height = placement.width * source_height / source_width;
	} else {
		placement.width = placement.height * source_width / source_height;
	}
	placement.left = -center_offset(placement.width, width);
	placement.top = -center_offset(placement.height, height);
	return placement;
}

/**
 * Resize so that the picture covers the size enlarged by 256/224, then crop to the
 * center. For a square size this equals torchvision's Resize of the shorter side, whose
 * longer side is int(size * long / short), followed by CenterCrop. Only pixels inside
 * the crop are computed.
 */
static cnnviz_status fit_crop(const struct image *source, int64_t width, int64_t height,
		uint32_t filter, struct image **result, struct error *error)
{
	struct placement placement = crop_placement(source->width, source->height, width,
			height);
	struct axis across = axis_whole(source->width, placement.width);
	across.first = -placement.left;
	across.count = width;
	struct axis down = axis_whole(source->height, placement.height);
	down.first = -placement.top;
	down.count = height;
	return image_resample(source, &across, &down, filter, result, error);
}

static struct image *create_padding(int64_t width, int64_t height, int channels)
{
	struct image *image = image_create(width, height, channels);
	if (image == NULL) {
		return NULL;
	}
	const unsigned char *color = channels == 1 ? &padding_gray : padding_color;
	for (int64_t i = 0; i < width * height; i++) {
		memcpy(image->pixels + i * channels, color, (size_t)channels);
	}
	return image;
}

static struct placement pad_placement(int64_t source_width, int64_t source_height,
		int64_t width, int64_t height)
{
	struct placement placement = { .width = width, .height = height };

	if (source_width * height > source_height * width) {
		placement.height = (int64_t)nearbyint((double)source_height
				/ (double)source_width * (double)width);
	} else {
		placement.width = (int64_t)nearbyint((double)source_width
				/ (double)source_height * (double)height);
	}
	placement.width = placement.width < 1 ? 1 : placement.width;
	placement.height = placement.height < 1 ? 1 : placement.height;
	placement.left = center_offset(width, placement.width);
	placement.top = center_offset(height, placement.height);
	return placement;
}

/** Resize so that the picture lies within the size, as Pillow's ImageOps.pad() */
static cnnviz_status fit_pad(const struct image *source, int64_t width, int64_t height,
		uint32_t filter, struct image **result, struct error *error)
{
	struct placement placement = pad_placement(source->width, source->height, width,
			height);
	struct image *inner = NULL;
	cnnviz_status status = image_resize(source, placement.width, placement.height,
			filter, NULL, &inner, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	int channels = source->channels;
	struct image *outer = create_padding(width, height, channels);
	if (outer == NULL) {
		image_free(inner);
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)width, (long long)height);
	}
	for (int64_t y = 0; y < placement.height; y++) {
		memcpy(outer->pixels
						+ ((placement.top + y) * width
								  + placement.left)
								* channels,
				inner->pixels + y * placement.width * channels,
				(size_t)(placement.width * channels));
	}
	image_free(inner);
	*result = outer;
	return CNNVIZ_OK;
}

cnnviz_status image_fit(const struct image *source, int64_t width, int64_t height,
		enum image_fit fit, uint32_t filter, struct image **result,
		struct error *error)
{
	if (fit == IMAGE_FIT_NONE) {
		width = source->width;
		height = source->height;
	}
	if (!extent_is_valid(width) || !extent_is_valid(height)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a picture cannot be resized to %lldx%lld pixels; width "
				"and height must be 1 to %d",
				(long long)width, (long long)height, IMAGE_MAX_EXTENT);
	}
	switch (fit) {
	case IMAGE_FIT_CROP:
		return fit_crop(source, width, height, filter, result, error);
	case IMAGE_FIT_PAD:
		return fit_pad(source, width, height, filter, result, error);
	case IMAGE_FIT_STRETCH:
	case IMAGE_FIT_NONE:
		break;
	}
	return image_resize(source, width, height, filter, NULL, result, error);
}

/* ---- Undoing the fit -------------------------------------------------------------- */

/**
 * Axis that resamples a view to those samples of the picture that lie in the view
 *
 * \param   view    Samples of the view, which covers `fitted` samples of the fitted
 *                     picture
 * \param   source  Samples of the original picture
 * \param   resized Samples of the picture after resizing
 * \param   start   Position of its first sample in the fitted picture
 */
static struct axis inverse_axis(int64_t view, int64_t fitted, int64_t source,
		int64_t resized, int64_t start)
{
	double unit = (double)view / (double)fitted;
	struct axis axis = {
		.source = view,
		.origin = (double)start * unit,
		.scale = (double)resized / (double)source * unit,
	};
	/* Samples whose center is in the view; at least the one at the view's center */
	double low = ceil(-axis.origin / axis.scale - 0.5);
	double high = ceil(((double)view - axis.origin) / axis.scale - 0.5);
	double middle = floor(((double)view / 2.0 - axis.origin) / axis.scale);

	axis.first = (int64_t)fmax(fmin(low, middle), 0.0);
	axis.count = (int64_t)fmin(fmax(high, middle + 1.0), (double)source) - axis.first;
	return axis;
}

/** Paste a part into a larger tensor of zeros. */
static cnnviz_status paste_over_zeros(const cnnviz_tensor *part, int64_t left,
		int64_t top, int64_t width, int64_t height, cnnviz_tensor **result,
		struct error *error)
{
	const int64_t *size = tensor_shape(part);
	const int64_t shape[4] = { size[0], size[1], height, width };
	cnnviz_tensor *whole = tensor_create(4, shape);

	if (whole == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for %lld maps of %lldx%lld pixels",
				(long long)(size[0] * size[1]), (long long)width,
				(long long)height);
	}
	for (int64_t row = 0; row < size[0] * size[1] * size[2]; row++) {
		int64_t plane = row / size[2], y = top + row % size[2];

		memcpy(tensor_mutable_data(whole) + (plane * height + y) * width + left,
				tensor_data(part) + row * size[3],
				(size_t)size[3] * sizeof(float));
	}
	*result = whole;
	return CNNVIZ_OK;
}

cnnviz_status image_unfit(const cnnviz_tensor *view, const int64_t fitted[2],
		enum image_fit fit, uint32_t filter, int64_t width, int64_t height,
		cnnviz_tensor **result, struct error *error)
{
	const int64_t *shape = tensor_shape(view);
	struct placement placement = { .width = fitted[1], .height = fitted[0] };
	cnnviz_tensor *part = NULL;

	if (fit == IMAGE_FIT_CROP) {
		placement = crop_placement(width, height, fitted[1], fitted[0]);
	} else if (fit == IMAGE_FIT_PAD) {
		placement = pad_placement(width, height, fitted[1], fitted[0]);
	} else {
		return tensor_resize(view, height, width, filter, result, error);
	}
	struct axis across = inverse_axis(shape[3], fitted[1], width, placement.width,
			placement.left);
	struct axis down = inverse_axis(shape[2], fitted[0], height, placement.height,
			placement.top);
	cnnviz_status status = tensor_resample(view, &across, &down, filter, &part,
			error);
	if (status == CNNVIZ_OK) {
		status = paste_over_zeros(part, across.first, down.first, width, height,
				result, error);
	}
	tensor_unref(part);
	return status;
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
	if (pixel_channels == 1) {
		return pixel[0];
	}
	if (normalization->channels == 1) {
		return luma(pixel);
	}
	return pixel[normalization->bgr ? 2 - c : c];
}

cnnviz_status image_to_tensor(const struct image *image,
		const struct normalization *normalization, cnnviz_tensor *tensor,
		int64_t n, struct error *error)
{
	const int64_t *shape = tensor_shape(tensor);
	float *data = tensor_mutable_data(tensor);
	char text[128];

	if (tensor_rank(tensor) != 4 || data == NULL || n < 0 || n >= shape[0]
			|| shape[1] != normalization->channels || shape[1] > 3
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
			|| !extent_is_valid(item[1]) || !extent_is_valid(item[2])) {
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

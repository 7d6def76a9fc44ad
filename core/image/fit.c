/**
 * \file    image/fit.c
 * \brief   Bringing pictures to the size that a network takes, and maps back
 */
#include "image/fit.h"

#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "image/resample.h"

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

/** Where a picture of this size lies when it is fitted, before anything is cropped */
static struct placement place(const int64_t fitted[2], enum image_fit fit, int64_t width,
		int64_t height)
{
	switch (fit) {
	case IMAGE_FIT_CROP:
		return crop_placement(width, height, fitted[1], fitted[0]);
	case IMAGE_FIT_PAD:
		return pad_placement(width, height, fitted[1], fitted[0]);
	case IMAGE_FIT_STRETCH:
	case IMAGE_FIT_NONE:
		break;
	}
	return (struct placement){ .width = fitted[1], .height = fitted[0] };
}

/** In the fixed point of Pillow, rounded */
static unsigned char multiply(unsigned value, unsigned opacity)
{
	unsigned product = value * opacity + 128;

	return (unsigned char)((product + (product >> 8)) >> 8);
}

/** Multiply colors by their opacity, so that what is clear has no weight in a mean. */
static struct image *weigh_colors(const struct image *source)
{
	struct image *weighed = image_create(source->width, source->height, 4);

	for (int64_t i = 0; weighed != NULL && i < source->width * source->height; i++) {
		const unsigned char *from = source->pixels + 4 * i;
		unsigned char *to = weighed->pixels + 4 * i;

		for (int c = 0; c < 3; c++) {
			to[c] = multiply(from[c], from[3]);
		}
		to[3] = from[3];
	}
	return weighed;
}

/** Divide colors by their opacity again. */
static void unweigh_colors(struct image *image)
{
	for (int64_t i = 0; i < image->width * image->height; i++) {
		unsigned char *pixel = image->pixels + 4 * i;

		for (int c = 0; c < 3 && pixel[3] > 0 && pixel[3] < 255; c++) {
			unsigned value = 255u * pixel[c] / pixel[3];

			pixel[c] = (unsigned char)(value < 255 ? value : 255);
		}
	}
}

static cnnviz_status fit_weighed(const struct image *source, int64_t width,
		int64_t height, enum image_fit fit, uint32_t filter,
		struct image **result, struct error *error)
{
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

cnnviz_status image_fit(const struct image *source, int64_t width, int64_t height,
		enum image_fit fit, uint32_t filter, struct image **result,
		struct error *error)
{
	struct image *weighed = NULL;

	if (fit == IMAGE_FIT_NONE) {
		width = source->width;
		height = source->height;
	}
	if (!image_extent_is_valid(width) || !image_extent_is_valid(height)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a picture cannot be resized to %lldx%lld pixels; width "
				"and height must be 1 to %d",
				(long long)width, (long long)height, IMAGE_MAX_EXTENT);
	}
	struct placement placed = place((const int64_t[]){ height, width }, fit,
			source->width, source->height);
	bool stays = placed.width == source->width && placed.height == source->height;

	if (source->channels != 4 || filter == CNNVIZ_FILTER_NEAREST || stays) {
		return fit_weighed(source, width, height, fit, filter, result, error);
	}
	weighed = weigh_colors(source);
	if (weighed == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)source->width, (long long)source->height);
	}
	cnnviz_status status = fit_weighed(weighed, width, height, fit, filter, result,
			error);

	if (status == CNNVIZ_OK) {
		unweigh_colors(*result);
	}
	image_free(weighed);
	return status;
}

/* ---- Undoing the fit ----------------------------------------------------------- */

/**
 * Axis that resamples a view to those samples of the picture that lie in the view: the
 * same ones, however many samples the view has
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
	double step = (double)source / (double)resized;
	double low = ceil((double)-start * step - 0.5);
	double high = ceil((double)(fitted - start) * step - 0.5);
	double middle = floor(((double)fitted / 2.0 - (double)start) * step);

	axis.first = (int64_t)fmax(fmin(low, middle), 0.0);
	axis.count = (int64_t)fmin(fmax(high, middle + 1.0), (double)source) - axis.first;
	return axis;
}

/** Axes that resample a view with these numbers of rows and columns to the picture */
static void inverse_axes(const int64_t view[2], const int64_t fitted[2],
		enum image_fit fit, int64_t width, int64_t height, struct axis *across,
		struct axis *down)
{
	struct placement placement = place(fitted, fit, width, height);

	*across = inverse_axis(view[1], fitted[1], width, placement.width,
			placement.left);
	*down = inverse_axis(view[0], fitted[0], height, placement.height, placement.top);
}

struct image_part image_fitted_part(const int64_t fitted[2], enum image_fit fit,
		int64_t width, int64_t height)
{
	struct axis across, down;

	inverse_axes(fitted, fitted, fit, width, height, &across, &down);
	return (struct image_part){ across.first, down.first, across.count, down.count };
}

void image_fitted_box(const int64_t fitted[2], enum image_fit fit, int64_t width,
		int64_t height, double box[4])
{
	struct placement placement = place(fitted, fit, width, height);

	box[0] = -(double)placement.left / (double)placement.width;
	box[1] = -(double)placement.top / (double)placement.height;
	box[2] = (double)fitted[1] / (double)placement.width;
	box[3] = (double)fitted[0] / (double)placement.height;
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
	cnnviz_tensor *part = NULL;
	struct axis across, down;

	if (fit == IMAGE_FIT_STRETCH || fit == IMAGE_FIT_NONE) {
		return tensor_resize(view, height, width, filter, result, error);
	}
	inverse_axes(tensor_shape(view) + 2, fitted, fit, width, height, &across, &down);
	cnnviz_status status = tensor_resample(view, &across, &down, filter, &part,
			error);
	if (status == CNNVIZ_OK) {
		status = paste_over_zeros(part, across.first, down.first, width, height,
				result, error);
	}
	tensor_unref(part);
	return status;
}

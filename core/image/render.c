/**
 * \file    image/render.c
 * \brief   Draws maps
 */
#include "image/render.h"

#include <math.h>
#include <stdlib.h>

#include "base/tensor.h"
#include "image/resample.h"

/* Larger values are clipped, since their sums could overflow. */
#define LARGEST 1e30f

/** Which part of a map is drawn */
enum part {
	PART_SIGNED,
	PART_POSITIVE,  /* max(0,g) */
	PART_NEGATIVE,  /* max(0,-g) */
	PART_MAGNITUDE, /* sum over channels of |g| */
};

/* ---- Extracting a part of a map --------------------------------------------------- */

static float sanitize(float value)
{
	if (!isfinite(value)) {
		return 0.0f;
	}
	return fmaxf(-LARGEST, fminf(LARGEST, value));
}

static float part_of_value(enum part part, float value)
{
	value = sanitize(value);
	switch (part) {
	case PART_POSITIVE:
		return fmaxf(0.0f, value);
	case PART_NEGATIVE:
		return fmaxf(0.0f, -value);
	case PART_MAGNITUDE:
		return fabsf(value);
	case PART_SIGNED:
		break;
	}
	return value;
}

/** The part of an item with `channels` planes, at the map's own size */
static void extract_part(const float *item, int64_t channels, int64_t area,
		enum part part, float *reduced)
{
	if (part != PART_MAGNITUDE) {
		for (int64_t i = 0; i < channels * area; i++) {
			reduced[i] = part_of_value(part, item[i]);
		}
		return;
	}
	for (int64_t i = 0; i < area; i++) {
		double sum = 0.0;
		for (int64_t c = 0; c < channels; c++) {
			sum += (double)part_of_value(part, item[c * area + i]);
		}
		reduced[i] = (float)sum;
	}
}

/**
 * \brief   Part of item n as a tensor (1,C,height,width) or (1,1,height,width)
 *
 * The part is extracted before the map is enlarged, and negative values that the filter
 * adds are clipped, so that ringing draws nothing that is not in the map.
 */
static cnnviz_status make_planes(const cnnviz_tensor *maps, int64_t n, enum part part,
		uint32_t filter, int64_t width, int64_t height, cnnviz_tensor **result,
		struct error *error)
{
	const int64_t *shape = tensor_shape(maps);
	char text[128];

	if (tensor_rank(maps) != 4 || n < 0 || n >= shape[0]
			|| (part != PART_MAGNITUDE && shape[1] != 1 && shape[1] != 3)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"item %lld of maps of shape %s cannot be drawn; maps are "
				"(N,1,h,w) or (N,3,h,w)",
				(long long)n,
				tensor_shape_text(tensor_rank(maps), shape, text,
						sizeof(text)));
	}
	int64_t area = shape[2] * shape[3];
	const int64_t reduced_shape[4] = { 1, part == PART_MAGNITUDE ? 1 : shape[1],
		shape[2], shape[3] };
	cnnviz_tensor *reduced = tensor_create(4, reduced_shape);
	if (reduced == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to draw a map of %lldx%lld",
				(long long)shape[3], (long long)shape[2]);
	}
	extract_part(tensor_data(maps) + n * shape[1] * area, shape[1], area, part,
			tensor_mutable_data(reduced));
	cnnviz_status status = tensor_resize(reduced, height, width, filter, result,
			error);
	tensor_unref(reduced);
	if (status != CNNVIZ_OK || part == PART_SIGNED) {
		return status;
	}
	float *values = tensor_mutable_data(*result);
	for (int64_t i = 0; i < tensor_count(*result); i++) {
		values[i] = fmaxf(0.0f, values[i]);
	}
	return CNNVIZ_OK;
}

/* ---- Ranges ------------------------------------------------------------------- */

struct range {
	double low;
	double high;
};

static struct range range_of(const cnnviz_tensor *tensor)
{
	const float *values = tensor_data(tensor);
	struct range range = { values[0], values[0] };

	for (int64_t i = 1; i < tensor_count(tensor); i++) {
		range.low = fmin(range.low, values[i]);
		range.high = fmax(range.high, values[i]);
	}
	return range;
}

/** Position of a value in a range, 0..1; `empty` if the range is a single value */
static double range_position(const struct range *range, double value, double empty)
{
	if (!(range->high > range->low)) {
		return empty;
	}
	return fmin(1.0, fmax(0.0, (value - range->low) / (range->high - range->low)));
}

static void swap(float *a, float *b)
{
	float value = *a;

	*a = *b;
	*b = value;
}

/**
 * Reorder values so that values[k] is what sorting would put there, with none larger
 * before it and none smaller after it (Hoare's selection).
 */
static void select_rank(float *values, int64_t count, int64_t k)
{
	int64_t low = 0;
	int64_t high = count - 1;

	while (low < high) {
		float pivot = values[low + (high - low) / 2];
		int64_t i = low;
		int64_t j = high;
		while (i <= j) {
			while (values[i] < pivot) {
				i++;
			}
			while (values[j] > pivot) {
				j--;
			}
			if (i <= j) {
				swap(&values[i++], &values[j--]);
			}
		}
		if (k <= j) {
			high = j;
		} else if (k >= i) {
			low = i;
		} else {
			return;
		}
	}
}

/** numpy.percentile() with its linear interpolation; reorders values */
static double percentile_of(float *values, int64_t count, double percentile)
{
	double rank = (double)(count - 1) * percentile / 100.0;
	int64_t k = (int64_t)floor(rank);

	select_rank(values, count, k);
	if (k + 1 >= count) {
		return values[k];
	}
	float next = values[k + 1];
	for (int64_t i = k + 2; i < count; i++) {
		next = fminf(next, values[i]);
	}
	return values[k] + ((double)next - values[k]) * (rank - (double)k);
}

/**
 * From the minimum to the percentile; or to the maximum, if so much of a map is
 * constant that the percentile equals the minimum, so that the rest remains visible.
 */
static cnnviz_status saturated_range(const cnnviz_tensor *tensor, double percentile,
		struct range *range, struct error *error)
{
	int64_t count = tensor_count(tensor);

	*range = range_of(tensor);
	if (!(percentile < 100.0)) {
		return CNNVIZ_OK;
	}
	float *values = malloc((size_t)count * sizeof(*values));
	if (values == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to find the percentile of a map");
	}
	for (int64_t i = 0; i < count; i++) {
		values[i] = tensor_data(tensor)[i];
	}
	double high = percentile_of(values, count, fmax(0.0, percentile));
	if (high > range->low) {
		range->high = high;
	}
	free(values);
	return CNNVIZ_OK;
}

/* ---- Pictures ----------------------------------------------------------------- */

static cnnviz_status create_picture(int64_t width, int64_t height, int channels,
		struct image **image, struct error *error)
{
	*image = image_create(width, height, channels);
	return *image != NULL ? CNNVIZ_OK
			      : error_set(error, CNNVIZ_ERROR_MEMORY,
					      "not enough memory for a picture of "
					      "%lldx%lld pixels",
					      (long long)width, (long long)height);
}

/** Planes (1,C,H,W) to 8 bits, truncated rather than rounded, as is customary for maps */
static cnnviz_status draw_planes(const cnnviz_tensor *planes, const struct range *range,
		double empty, struct image **image, struct error *error)
{
	const int64_t *shape = tensor_shape(planes);
	const float *values = tensor_data(planes);
	int channels = (int)shape[1];
	int64_t area = shape[2] * shape[3];
	struct image *drawn;

	cnnviz_status status = create_picture(shape[3], shape[2], channels, &drawn,
			error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int c = 0; c < channels; c++) {
		for (int64_t i = 0; i < area; i++) {
			double position = range_position(range, values[c * area + i],
					empty);
			drawn->pixels[i * channels + c] = (unsigned char)(position
					* 255.0);
		}
	}
	*image = drawn;
	return CNNVIZ_OK;
}

cnnviz_status render_color(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error)
{
	cnnviz_tensor *planes;

	cnnviz_status status = make_planes(maps, n, PART_SIGNED, style->upsample, width,
			height, &planes, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct range range = range_of(planes);
	status = draw_planes(planes, &range, 0.5, image, error);
	tensor_unref(planes);
	return status;
}

static cnnviz_status render_one_sign(const cnnviz_tensor *maps, int64_t n, enum part part,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error)
{
	cnnviz_tensor *planes;

	cnnviz_status status = make_planes(maps, n, part, style->upsample, width, height,
			&planes, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct range range = { 0.0, range_of(planes).high };
	status = draw_planes(planes, &range, 0.0, image, error);
	tensor_unref(planes);
	return status;
}

cnnviz_status render_positive(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error)
{
	return render_one_sign(maps, n, PART_POSITIVE, style, width, height, image,
			error);
}

cnnviz_status render_negative(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error)
{
	return render_one_sign(maps, n, PART_NEGATIVE, style, width, height, image,
			error);
}

cnnviz_status render_magnitude(const cnnviz_tensor *maps, int64_t n, uint32_t upsample,
		int64_t width, int64_t height, cnnviz_tensor **plane, struct error *error)
{
	return make_planes(maps, n, PART_MAGNITUDE, upsample, width, height, plane,
			error);
}

/** The magnitude of a map, and the range of it that is drawn */
static cnnviz_status make_magnitude(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		cnnviz_tensor **plane, struct range *range, struct error *error)
{
	cnnviz_status status = make_planes(maps, n, PART_MAGNITUDE, style->upsample,
			width, height, plane, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = saturated_range(*plane, style->percentile, range, error);
	if (status != CNNVIZ_OK) {
		tensor_unref(*plane);
	}
	return status;
}

cnnviz_status render_gray(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error)
{
	cnnviz_tensor *plane;
	struct range range;

	cnnviz_status status = make_magnitude(maps, n, style, width, height, &plane,
			&range, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = draw_planes(plane, &range, 0.0, image, error);
	tensor_unref(plane);
	return status;
}

/** Draw a plane in the colors of a color map; an empty range gives the color of 0 */
static void color_plane(const cnnviz_tensor *plane, const struct range *range,
		int colormap, struct image *image)
{
	unsigned char colors[256][3];

	for (int i = 0; i < 256; i++) {
		colormap_color(colormap, ((float)i + 0.5f) / 256.0f, colors[i]);
	}
	for (int64_t i = 0; i < image->width * image->height; i++) {
		double position = range_position(range, tensor_data(plane)[i], 0.0);
		const unsigned char *color = colors[(int)fmin(255.0, position * 256.0)];
		for (int c = 0; c < 3; c++) {
			image->pixels[i * 3 + c] = color[c];
		}
	}
}

cnnviz_status render_heatmap(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error)
{
	cnnviz_tensor *plane;
	struct range range;
	struct image *drawn;

	cnnviz_status status = make_magnitude(maps, n, style, width, height, &plane,
			&range, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = create_picture(width, height, 3, &drawn, error);
	if (status == CNNVIZ_OK) {
		color_plane(plane, &range, style->colormap, drawn);
		*image = drawn;
	}
	tensor_unref(plane);
	return status;
}

cnnviz_status render_overlay(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct image *picture,
		struct image **image, struct error *error)
{
	struct image *drawn;

	cnnviz_status status = render_heatmap(maps, n, style, picture->width,
			picture->height, &drawn, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	double opacity = fmin(1.0, fmax(0.0, style->opacity));
	for (int64_t i = 0; i < picture->width * picture->height; i++) {
		const unsigned char *under = picture->pixels + i * picture->channels;
		unsigned char *over = drawn->pixels + i * 3;
		for (int c = 0; c < 3; c++) {
			double below = under[picture->channels == 1 ? 0 : c];
			over[c] = (unsigned char)(opacity * over[c]
					+ (1.0 - opacity) * below + 0.5);
		}
	}
	*image = drawn;
	return CNNVIZ_OK;
}

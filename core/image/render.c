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
	PART_EVIDENCE,  /* sum over channels of g */
	PART_SUPPORT,   /* max(0, sum over channels of g) */
};

/* ---- Extracting a part of a map ------------------------------------------------ */

/* Comparisons instead of fmin() and fmax(), whose rules for NaN cost a call a pixel */

static float larger(float a, float b)
{
	return a > b ? a : b;
}

static float sanitize(float value)
{
	if (fabsf(value) <= LARGEST) {
		return value;
	}
	return !isfinite(value) ? 0.0f : copysignf(LARGEST, value);
}

static float part_of_value(enum part part, float value)
{
	value = sanitize(value);
	switch (part) {
	case PART_POSITIVE:
		return larger(0.0f, value);
	case PART_NEGATIVE:
		return larger(0.0f, -value);
	case PART_MAGNITUDE:
		return fabsf(value);
	case PART_SIGNED:
	case PART_EVIDENCE:
	case PART_SUPPORT: /* the sum is clipped */
		break;
	}
	return value;
}

/** The part that gray shows of maps, and that is measured */
static enum part gray_part(const struct render_style *style)
{
	return style->evidence ? PART_SUPPORT : PART_MAGNITUDE;
}

static bool may_be_negative(enum part part)
{
	return part == PART_SIGNED || part == PART_EVIDENCE;
}

static bool has_colors(enum part part)
{
	return part == PART_SIGNED || part == PART_POSITIVE || part == PART_NEGATIVE;
}

/** Planes that a part of a map has: one with the sum of channels that are no colors */
static int64_t count_planes(enum part part, int64_t channels)
{
	return has_colors(part) && channels == 3 ? channels : 1;
}

/** The part of an item with `channels` planes, at the map's own size */
static void extract_part(const float *item, int64_t channels, int64_t area,
		enum part part, float *reduced)
{
	if (count_planes(part, channels) == channels && part != PART_SUPPORT) {
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
		reduced[i] = part == PART_SUPPORT && sum < 0 ? 0.0f : (float)sum;
	}
}

/**
 * \brief   Part of item n at the map's own size: (1,C,h,w), or (1,1,h,w) of the magnitude
 */
static cnnviz_status take_part(const cnnviz_tensor *maps, int64_t n, enum part part,
		cnnviz_tensor **result, struct error *error)
{
	const int64_t *shape = tensor_shape(maps);
	char text[128];

	if (tensor_rank(maps) != 4 || n < 0 || n >= shape[0]) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"item %lld of maps of shape %s cannot be drawn; maps are "
				"(N,C,h,w)",
				(long long)n,
				tensor_shape_text(tensor_rank(maps), shape, text,
						sizeof(text)));
	}
	int64_t area = shape[2] * shape[3];
	const int64_t reduced_shape[4] = { 1, count_planes(part, shape[1]), shape[2],
		shape[3] };
	cnnviz_tensor *reduced = tensor_create(4, reduced_shape);
	if (reduced == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to draw a map of %lldx%lld",
				(long long)shape[3], (long long)shape[2]);
	}
	extract_part(tensor_data(maps) + n * shape[1] * area, shape[1], area, part,
			tensor_mutable_data(reduced));
	*result = reduced;
	return CNNVIZ_OK;
}

/**
 * Enlarge a part to a frame. The negative values that the filter adds are clipped, so
 * that ringing draws nothing that is not in the map.
 */
static cnnviz_status enlarge(const cnnviz_tensor *reduced, enum part part,
		uint32_t filter, const struct render_frame *frame, cnnviz_tensor **result,
		struct error *error)
{
	cnnviz_status status = image_unfit(reduced, frame->input, frame->fit, filter,
			frame->width, frame->height, result, error);

	if (status != CNNVIZ_OK || may_be_negative(part)) {
		return status;
	}
	float *values = tensor_mutable_data(*result);
	int64_t count = tensor_count(*result);
	for (int64_t i = 0; i < count; i++) {
		values[i] = larger(0.0f, values[i]);
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
	int64_t count = tensor_count(tensor);
	float low = values[0], high = values[0];

	for (int64_t i = 1; i < count; i++) {
		low = values[i] < low ? values[i] : low;
		high = larger(values[i], high);
	}
	return (struct range){ low, high };
}

/** Position of a value in a range, 0..1; `empty` if the range is a single value */
static double range_position(const struct range *range, double value, double empty)
{
	if (!(range->high > range->low)) {
		return empty;
	}
	double position = (value - range->low) / (range->high - range->low);

	return position < 0.0 ? 0.0 : position > 1.0 ? 1.0 : position;
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
		next = values[i] < next ? values[i] : next;
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

/** From minus to plus the percentile of the magnitudes, or their maximum where that is 0 */
static cnnviz_status symmetric_range(const cnnviz_tensor *plane, double percentile,
		struct range *range, struct error *error)
{
	cnnviz_tensor *magnitude = tensor_create(4, tensor_shape(plane));

	if (magnitude == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to find the percentile of a map");
	}
	for (int64_t i = 0; i < tensor_count(plane); i++) {
		tensor_mutable_data(magnitude)[i] = fabsf(tensor_data(plane)[i]);
	}
	cnnviz_status status = saturated_range(magnitude, percentile, range, error);

	range->low = -range->high;
	tensor_unref(magnitude);
	return status;
}

/** The range of a part that is drawn, from its planes at the input's size */
static cnnviz_status find_range(const cnnviz_tensor *planes, enum part part,
		double percentile, struct range *range, struct error *error)
{
	switch (part) {
	case PART_MAGNITUDE:
	case PART_SUPPORT:
		return saturated_range(planes, percentile, range, error);
	case PART_EVIDENCE:
		return symmetric_range(planes, percentile, range, error);
	case PART_POSITIVE:
	case PART_NEGATIVE:
		*range = (struct range){ 0.0, range_of(planes).high };
		break;
	case PART_SIGNED:
		*range = range_of(planes);
		break;
	}
	return CNNVIZ_OK;
}

/* ---- Planes ------------------------------------------------------------------- */

struct render_frame render_input_frame(int64_t width, int64_t height)
{
	return (struct render_frame){ width, height, { height, width }, IMAGE_FIT_NONE };
}

static bool frame_is_input(const struct render_frame *frame)
{
	return (frame->fit == IMAGE_FIT_NONE || frame->fit == IMAGE_FIT_STRETCH)
			&& frame->width == frame->input[1]
			&& frame->height == frame->input[0];
}

/** Planes (1,C,height,width) in the frame, and their range at the input's size */
static cnnviz_status make_planes(const cnnviz_tensor *maps, int64_t n, enum part part,
		const struct render_style *style, const struct render_frame *frame,
		cnnviz_tensor **planes, struct range *range, struct error *error)
{
	struct render_frame input = render_input_frame(frame->input[1], frame->input[0]);
	cnnviz_tensor *reduced = NULL, *made = NULL;
	cnnviz_status status = take_part(maps, n, part, &reduced, error);

	if (status == CNNVIZ_OK) {
		status = enlarge(reduced, part, style->upsample, &input, &made, error);
	}
	if (status == CNNVIZ_OK) {
		status = find_range(made, part, style->percentile, range, error);
	}
	if (status == CNNVIZ_OK && !frame_is_input(frame)) {
		tensor_unref(made);
		made = NULL;
		status = enlarge(reduced, part, style->upsample, frame, &made, error);
	}
	tensor_unref(reduced);
	if (status != CNNVIZ_OK) {
		tensor_unref(made);
		return status;
	}
	*planes = made;
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

/** What the drawing of a map shows: one that was enlarged has no detail of its own */
static enum image_content content_of(const cnnviz_tensor *maps,
		const struct image *drawing)
{
	return drawing->channels == 1 && 2 * tensor_shape(maps)[3] <= drawing->width
			? IMAGE_SMOOTH
			: IMAGE_GRAIN;
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

/** Draw a part in gray, or in as many channels as the map has */
static cnnviz_status render_part(const cnnviz_tensor *maps, int64_t n, enum part part,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error)
{
	cnnviz_tensor *planes = NULL;
	struct range range;
	cnnviz_status status = make_planes(maps, n, part, style, frame, &planes, &range,
			error);

	if (status == CNNVIZ_OK) {
		status = draw_planes(planes, &range, part == PART_SIGNED ? 0.5 : 0.0,
				image, error);
		tensor_unref(planes);
	}
	if (status == CNNVIZ_OK) {
		(*image)->content = content_of(maps, *image);
	}
	return status;
}

cnnviz_status render_color(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error)
{
	return render_part(maps, n, PART_SIGNED, style, frame, image, error);
}

cnnviz_status render_positive(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error)
{
	return render_part(maps, n, PART_POSITIVE, style, frame, image, error);
}

cnnviz_status render_negative(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error)
{
	return render_part(maps, n, PART_NEGATIVE, style, frame, image, error);
}

cnnviz_status render_gray(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error)
{
	return render_part(maps, n, gray_part(style), style, frame, image, error);
}

static cnnviz_status render_plane(const cnnviz_tensor *maps, int64_t n, enum part part,
		const struct render_style *style, int64_t width, int64_t height,
		cnnviz_tensor **plane, struct error *error)
{
	struct render_frame frame = render_input_frame(width, height);
	cnnviz_tensor *reduced = NULL;
	cnnviz_status status = take_part(maps, n, part, &reduced, error);

	if (status == CNNVIZ_OK) {
		status = enlarge(reduced, part, style->upsample, &frame, plane, error);
	}
	tensor_unref(reduced);
	return status;
}

cnnviz_status render_magnitude(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		cnnviz_tensor **plane, struct error *error)
{
	return render_plane(maps, n, gray_part(style), style, width, height, plane,
			error);
}

cnnviz_status render_evidence(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		cnnviz_tensor **plane, struct error *error)
{
	return render_plane(maps, n, style->evidence ? PART_EVIDENCE : PART_MAGNITUDE,
			style, width, height, plane, error);
}

/** A map that is drawn in colors: its plane in the frame, and the range of its colors */
struct heat {
	cnnviz_tensor *plane;
	struct range range;
	bool evidence;
};

static cnnviz_status make_heat(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct heat *heat, struct error *error)
{
	*heat = (struct heat){ .evidence = style->evidence };
	return make_planes(maps, n, style->evidence ? PART_EVIDENCE : PART_MAGNITUDE,
			style, frame, &heat->plane, &heat->range, error);
}

/** Where the color of pixel i stands in the color map, 0..1; where the range is empty, 0's */
static double heat_position(const struct heat *heat, int64_t i)
{
	return range_position(&heat->range, tensor_data(heat->plane)[i],
			heat->evidence ? 0.5 : 0.0);
}

/** Draw in the colors of a color map */
static cnnviz_status color_heat(const struct heat *heat, int colormap,
		struct image **image, struct error *error)
{
	const int64_t *shape = tensor_shape(heat->plane);
	unsigned char colors[256][3];
	struct image *drawn = NULL;
	cnnviz_status status = create_picture(shape[3], shape[2], 3, &drawn, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int i = 0; i < 256; i++) {
		colormap_color(colormap, ((float)i + 0.5f) / 256.0f, colors[i]);
	}
	int64_t area = drawn->width * drawn->height;

	for (int64_t i = 0; i < area; i++) {
		int level = (int)(heat_position(heat, i) * 256.0);
		const unsigned char *color = colors[level < 255 ? level : 255];

		drawn->pixels[i * 3] = color[0];
		drawn->pixels[i * 3 + 1] = color[1];
		drawn->pixels[i * 3 + 2] = color[2];
	}
	drawn->content = IMAGE_COLORS;
	*image = drawn;
	return CNNVIZ_OK;
}

cnnviz_status render_heatmap(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error)
{
	struct heat heat;
	cnnviz_status status = make_heat(maps, n, style, frame, &heat, error);

	if (status == CNNVIZ_OK) {
		status = color_heat(&heat, style->colormap, image, error);
		tensor_unref(heat.plane);
	}
	return status;
}

/** What becomes of each color above each sample of a picture */
static void mix_samples(double opacity, unsigned char mixed[256][256])
{
	for (int over = 0; over < 256; over++) {
		for (int under = 0; under < 256; under++) {
			mixed[over][under] = (unsigned char)(opacity * over
					+ (1.0 - opacity) * under + 0.5);
		}
	}
}

/** Blend pixels from..to of a picture with the colors above it; NULL: show it alone. */
static void blend(const struct image *picture, unsigned char (*mixed)[256], int64_t from,
		int64_t to, struct image *colors)
{
	int channels = picture->channels;
	int step = channels == 1 ? 0 : 1; /* from one color's sample to the next */
	const unsigned char *under = picture->pixels + from * channels;
	unsigned char *over = colors->pixels + from * 3;

	for (int64_t i = from; i < to; i++, under += channels, over += 3) {
		for (int c = 0; c < 3; c++) {
			unsigned char below = under[c * step];

			over[c] = mixed != NULL ? mixed[over[c]][below] : below;
		}
	}
}

/** Blend pixels from..to, the more the stronger the evidence is. */
static void blend_evidence(const struct heat *heat, double most,
		const struct image *picture, int64_t from, int64_t to,
		struct image *colors)
{
	for (int64_t i = from; i < to; i++) {
		const unsigned char *under = picture->pixels + i * picture->channels;
		unsigned char *over = colors->pixels + i * 3;
		double opacity = most * fabs(2.0 * heat_position(heat, i) - 1.0);

		for (int c = 0; c < 3; c++) {
			double below = under[picture->channels == 1 ? 0 : c];

			over[c] = (unsigned char)(opacity * over[c]
					+ (1.0 - opacity) * below + 0.5);
		}
	}
}

/** Blend a heat map with the picture below it, where the frame's fit has it seen */
static void blend_heat(const struct heat *heat, double opacity,
		const struct render_frame *frame, const struct image *picture,
		struct image *colors)
{
	struct image_part seen = image_fitted_part(frame->input, frame->fit, frame->width,
			frame->height);
	unsigned char mixed[256][256];

	mix_samples(opacity, mixed);
	for (int64_t y = 0; y < frame->height; y++) {
		bool above = y >= seen.top && y < seen.top + seen.height;
		int64_t row = y * frame->width, left = row + seen.left;
		int64_t right = left + seen.width;

		blend(picture, NULL, row, left, colors);
		if (above && heat->evidence) {
			blend_evidence(heat, opacity, picture, left, right, colors);
		} else {
			blend(picture, above ? mixed : NULL, left, right, colors);
		}
		blend(picture, NULL, right, row + frame->width, colors);
	}
}

cnnviz_status render_overlay(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		const struct image *picture, struct image **image, struct error *error)
{
	struct heat heat;
	struct image *drawn;
	cnnviz_status status = make_heat(maps, n, style, frame, &heat, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = color_heat(&heat, style->colormap, &drawn, error);
	if (status == CNNVIZ_OK) {
		blend_heat(&heat, fmin(1.0, fmax(0.0, style->opacity)), frame, picture,
				drawn);
		drawn->content = IMAGE_PHOTOGRAPH;
		*image = drawn;
	}
	tensor_unref(heat.plane);
	return status;
}

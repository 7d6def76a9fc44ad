/**
 * \file    image/resample.c
 * \brief   Resamples pictures and tensors
 */
#include "image/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"

const char *const image_filter_names[] = {
	"nearest",
	"bilinear",
	"bicubic",
	"lanczos",
	NULL,
};

#define PI 3.14159265358979323846

/*
 * The algorithm of Pillow's Resample.c: each output sample is a weighted mean of the
 * source samples under the filter, which is stretched when downscaling; first along
 * rows, then along columns. For 8-bit samples the weights are integers with WEIGHT_BITS
 * fraction bits, which leaves room for a sum of 255s with overshoot, and the rows
 * between the passes are rounded to 8 bits.
 */
#define WEIGHT_BITS (32 - 8 - 2)
/** What rounds a sum */
#define WEIGHT_HALF (1 << (WEIGHT_BITS - 1))

/** Weights of the source samples of each output sample */
struct taps {
	int64_t count;
	int64_t stride;  /* capacity for the weights of one output sample */
	int64_t *first;  /* first source sample */
	int64_t *length; /* number of source samples, at most stride */
	double *weights;
	int32_t *fixed; /* weights with WEIGHT_BITS fraction bits */
};

/* ---- Filters ------------------------------------------------------------- */

static double triangle(double x)
{
	x = fabs(x);
	return x < 1.0 ? 1.0 - x : 0.0;
}

/** Keys' cubic convolution with a = -1/2 */
static double cubic(double x)
{
	const double a = -0.5;

	x = fabs(x);
	if (x < 1.0) {
		return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
	}
	return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

static double sinc(double x)
{
	if (x == 0.0) {
		return 1.0;
	}
	x *= PI;
	return sin(x) / x;
}

static double lanczos(double x)
{
	return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

struct filter {
	double (*weight)(double x);
	double support;
};

/** Indexed by CNNVIZ_FILTER_*; nearest has no weights and is handled separately */
static const struct filter filters[] = {
	{ NULL, 0.0 },
	{ triangle, 1.0 },
	{ cubic, 2.0 },
	{ lanczos, 3.0 },
};

/* ---- Weights ------------------------------------------------------------- */

struct axis axis_whole(int64_t source, int64_t count)
{
	return (struct axis){
		.source = source,
		.scale = (double)source / (double)count,
		.count = count,
	};
}

static bool axis_is_identity(const struct axis *axis)
{
	return axis->scale == 1.0 && axis->origin == 0.0 && axis->first == 0
			&& axis->count == axis->source;
}

static void taps_free(struct taps *taps)
{
	free(taps->first);
	free(taps->length);
	free(taps->weights);
	free(taps->fixed);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	if (value < low) {
		return low;
	}
	return value > high ? high : value;
}

/** Compute the weights of one output sample; their sum is 1 */
static void set_weights(struct taps *taps, int64_t i, const struct filter *filter,
		double center, double stretch, int64_t source)
{
	double support = filter->support * stretch;
	int64_t first = clamp((int64_t)(center - support + 0.5), 0, source - 1);
	int64_t end = clamp((int64_t)(center + support + 0.5), first + 1, source);
	int64_t length = clamp(end - first, 1, taps->stride);
	double *weights = taps->weights + i * taps->stride;
	double sum = 0.0;

	for (int64_t k = 0; k < length; k++) {
		weights[k] = filter->weight(((double)(first + k) - center + 0.5)
				* (1.0 / stretch));
		sum += weights[k];
	}
	for (int64_t k = 0; k < length && sum != 0.0; k++) {
		weights[k] /= sum;
	}
	taps->first[i] = first;
	taps->length[i] = length;
}

/** One tap of weight 1; coordinates are accumulated as Pillow does. */
static void set_nearest(struct taps *taps, const struct axis *axis)
{
	double position = axis->origin + axis->scale * 0.5;

	for (int64_t i = 0; i < axis->first + axis->count; i++) {
		if (i >= axis->first) {
			int64_t out = i - axis->first;
			taps->first[out] = clamp((int64_t)floor(position), 0,
					axis->source - 1);
			taps->length[out] = 1;
			taps->weights[out] = 1.0;
		}
		position += axis->scale;
	}
}

static void fill_fixed_weights(struct taps *taps)
{
	for (int64_t i = 0; i < taps->count * taps->stride; i++) {
		double weight = taps->weights[i] * (double)(1 << WEIGHT_BITS);
		taps->fixed[i] = (int32_t)(weight + (weight < 0.0 ? -0.5 : 0.5));
	}
}

/** false when out of memory; call taps_free() in either case */
static bool taps_create(struct taps *taps, const struct axis *axis, uint32_t filter)
{
	double stretch = axis->scale < 1.0 ? 1.0 : axis->scale;
	size_t count = (size_t)axis->count;

	taps->count = axis->count;
	taps->stride = filter == CNNVIZ_FILTER_NEAREST
			? 1
			: (int64_t)ceil(filters[filter].support * stretch) * 2 + 1;
	size_t stride = (size_t)taps->stride;
	if (stride > SIZE_MAX / sizeof(double) / count) {
		return false;
	}
	taps->first = calloc(count, sizeof(*taps->first));
	taps->length = calloc(count, sizeof(*taps->length));
	taps->weights = calloc(count * stride, sizeof(*taps->weights));
	taps->fixed = calloc(count * stride, sizeof(*taps->fixed));
	if (taps->first == NULL || taps->length == NULL || taps->weights == NULL
			|| taps->fixed == NULL) {
		return false;
	}
	if (filter == CNNVIZ_FILTER_NEAREST) {
		set_nearest(taps, axis);
	} else {
		for (int64_t i = 0; i < axis->count; i++) {
			double center = axis->origin
					+ ((double)(axis->first + i) + 0.5) * axis->scale;
			set_weights(taps, i, &filters[filter], center, stretch,
					axis->source);
		}
	}
	fill_fixed_weights(taps);
	return true;
}

/** First source row that the pass over columns reads; returns one past the last */
static int64_t taps_range(const struct taps *taps, int64_t *first)
{
	int64_t last = taps->count - 1;

	*first = taps->first[0];
	return taps->first[last] + taps->length[last];
}

static cnnviz_status out_of_memory(struct error *error, int64_t width, int64_t height)
{
	return error_set(error, CNNVIZ_ERROR_MEMORY,
			"not enough memory to resample to %lldx%lld pixels",
			(long long)width, (long long)height);
}

/* ---- 8 bits --------------------------------------------------------------- */

static unsigned char round_fixed(int32_t sum)
{
	int32_t value = sum >> WEIGHT_BITS;

	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/** One output pixel of three channels: nearly all pictures have these */
static void resample_rgb(const unsigned char *in, unsigned char *out,
		const int32_t *weights, int64_t length)
{
	int32_t red = WEIGHT_HALF, green = WEIGHT_HALF, blue = WEIGHT_HALF;

	for (int64_t k = 0; k < length; k++) {
		red += weights[k] * in[3 * k];
		green += weights[k] * in[3 * k + 1];
		blue += weights[k] * in[3 * k + 2];
	}
	out[0] = round_fixed(red);
	out[1] = round_fixed(green);
	out[2] = round_fixed(blue);
}

/** One output sample, from source samples that lie `step` apart */
static unsigned char resample_sample(const unsigned char *in, int64_t step,
		const int32_t *weights, int64_t length)
{
	int32_t sum = WEIGHT_HALF;

	for (int64_t k = 0; k < length; k++) {
		sum += weights[k] * in[k * step];
	}
	return round_fixed(sum);
}

static void resample_row(const unsigned char *in, unsigned char *out,
		const struct taps *taps, int channels)
{
	for (int64_t x = 0; x < taps->count; x++, out += channels) {
		const int32_t *weights = taps->fixed + x * taps->stride;
		const unsigned char *pixel = in + taps->first[x] * channels;

		if (channels == 3) {
			resample_rgb(pixel, out, weights, taps->length[x]);
			continue;
		}
		for (int c = 0; c < channels; c++) {
			out[c] = resample_sample(pixel + c, channels, weights,
					taps->length[x]);
		}
	}
}

/** Number of neighboring samples that are summed at once, in the CPU's registers */
#define BLOCK 16

/** BLOCK samples of an output row */
static void resample_block(const unsigned char *in, unsigned char *out,
		const int32_t *weights, int64_t length, int64_t samples)
{
	int32_t sums[BLOCK];

	for (int i = 0; i < BLOCK; i++) {
		sums[i] = WEIGHT_HALF;
	}
	for (int64_t k = 0; k < length; k++) {
		for (int i = 0; i < BLOCK; i++) {
			sums[i] += weights[k] * in[k * samples + i];
		}
	}
	for (int i = 0; i < BLOCK; i++) {
		out[i] = round_fixed(sums[i]);
	}
}

/** One output row of so many samples from the source rows under it */
static void resample_column(const unsigned char *in, unsigned char *out,
		const struct taps *taps, int64_t y, int64_t samples)
{
	const int32_t *weights = taps->fixed + y * taps->stride;
	int64_t i = 0;

	for (; i + BLOCK <= samples; i += BLOCK) {
		resample_block(in + i, out + i, weights, taps->length[y], samples);
	}
	for (; i < samples; i++) {
		out[i] = resample_sample(in + i, samples, weights, taps->length[y]);
	}
}

/** Both passes; the first one skips source rows that the second does not read */
static bool resample_bytes(const struct image *source, const struct taps *across,
		const struct taps *down, struct image *result)
{
	int channels = source->channels;
	int64_t samples = across->count * channels;
	int64_t begin;
	int64_t end = taps_range(down, &begin);

	unsigned char *rows = malloc((size_t)(end - begin) * (size_t)samples);
	if (rows == NULL) {
		return false;
	}
	for (int64_t y = begin; y < end; y++) {
		resample_row(source->pixels + y * source->width * channels,
				rows + (y - begin) * samples, across, channels);
	}
	for (int64_t y = 0; y < down->count; y++) {
		resample_column(rows + (down->first[y] - begin) * samples,
				result->pixels + y * samples, down, y, samples);
	}
	free(rows);
	return true;
}

cnnviz_status image_resample(const struct image *source, const struct axis *across,
		const struct axis *down, uint32_t filter, struct image **result,
		struct error *error)
{
	struct taps horizontal = { 0 };
	struct taps vertical = { 0 };

	if (filter > CNNVIZ_FILTER_LANCZOS) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"there is no resampling filter %u", (unsigned)filter);
	}
	struct image *made = image_create(across->count, down->count, source->channels);
	bool done = made != NULL;
	if (done && axis_is_identity(across) && axis_is_identity(down)) {
		memcpy(made->pixels, source->pixels,
				(size_t)(source->width * source->height
						* source->channels));
	} else if (done) {
		done = taps_create(&horizontal, across, filter)
				&& taps_create(&vertical, down, filter)
				&& resample_bytes(source, &horizontal, &vertical, made);
	}
	taps_free(&horizontal);
	taps_free(&vertical);
	if (!done) {
		image_free(made);
		return out_of_memory(error, across->count, down->count);
	}
	*result = made;
	return CNNVIZ_OK;
}

/**
 * Resample only the part low..high of the source; false if it is not within the source
 */
static bool axis_part(struct axis *axis, double low, double high)
{
	if (!(low >= 0.0 && low < high && high <= (double)axis->source)) {
		return false;
	}
	axis->origin = low;
	axis->scale = (high - low) / (double)axis->count;
	return true;
}

cnnviz_status image_resize(const struct image *source, int64_t width, int64_t height,
		uint32_t filter, const double box[4], struct image **result,
		struct error *error)
{
	if (width < 1 || width > IMAGE_MAX_EXTENT || height < 1
			|| height > IMAGE_MAX_EXTENT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a picture cannot be resized to %lldx%lld pixels; width "
				"and height must be 1 to %d",
				(long long)width, (long long)height, IMAGE_MAX_EXTENT);
	}
	struct axis across = axis_whole(source->width, width);
	struct axis down = axis_whole(source->height, height);
	if (box != NULL
			&& !(axis_part(&across, box[0], box[2])
					&& axis_part(&down, box[1], box[3]))) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the box (%g, %g, %g, %g) does not lie in a picture of "
				"%lldx%lld pixels",
				box[0], box[1], box[2], box[3], (long long)source->width,
				(long long)source->height);
	}
	return image_resample(source, &across, &down, filter, result, error);
}

/* ---- Float --------------------------------------------------------------- */

/** Both passes over one plane; rows and sums are scratch space */
static void resample_plane(const float *in, int64_t width, const struct taps *across,
		const struct taps *down, float *rows, double *sums, float *out)
{
	int64_t begin;
	int64_t end = taps_range(down, &begin);

	for (int64_t y = begin; y < end; y++) {
		for (int64_t x = 0; x < across->count; x++) {
			const double *weights = across->weights + x * across->stride;
			const float *pixel = in + y * width + across->first[x];
			double sum = 0.0;
			for (int64_t k = 0; k < across->length[x]; k++) {
				sum += weights[k] * (double)pixel[k];
			}
			rows[(y - begin) * across->count + x] = (float)sum;
		}
	}
	for (int64_t y = 0; y < down->count; y++) {
		const double *weights = down->weights + y * down->stride;
		const float *row = rows + (down->first[y] - begin) * across->count;
		memset(sums, 0, (size_t)across->count * sizeof(*sums));
		for (int64_t k = 0; k < down->length[y]; k++) {
			for (int64_t x = 0; x < across->count; x++) {
				sums[x] += weights[k]
						* (double)row[k * across->count + x];
			}
		}
		for (int64_t x = 0; x < across->count; x++) {
			out[y * across->count + x] = (float)sums[x];
		}
	}
}

static bool resample_tensor(const cnnviz_tensor *source, const struct taps *across,
		const struct taps *down, cnnviz_tensor *result)
{
	const int64_t *shape = tensor_shape(source);
	int64_t begin;
	int64_t end = taps_range(down, &begin);
	bool made = false;

	float *rows = calloc((size_t)((end - begin) * across->count), sizeof(*rows));
	double *sums = calloc((size_t)across->count, sizeof(*sums));
	if (rows == NULL || sums == NULL) {
		goto done;
	}
	for (int64_t p = 0; p < shape[0] * shape[1]; p++) {
		resample_plane(tensor_data(source) + p * shape[2] * shape[3], shape[3],
				across, down, rows, sums,
				tensor_mutable_data(result)
						+ p * across->count * down->count);
	}
	made = true;
done:
	free(rows);
	free(sums);
	return made;
}

cnnviz_status tensor_resample(const cnnviz_tensor *source, const struct axis *across,
		const struct axis *down, uint32_t filter, cnnviz_tensor **result,
		struct error *error)
{
	const int64_t *shape = tensor_shape(source);
	const int64_t size[4] = { shape[0], shape[1], down->count, across->count };
	struct taps horizontal = { 0 };
	struct taps vertical = { 0 };
	cnnviz_tensor *made = tensor_create(4, size);
	bool done = made != NULL;

	if (done && axis_is_identity(across) && axis_is_identity(down)) {
		memcpy(tensor_mutable_data(made), tensor_data(source),
				(size_t)tensor_count(source) * sizeof(float));
	} else if (done) {
		done = taps_create(&horizontal, across, filter)
				&& taps_create(&vertical, down, filter)
				&& resample_tensor(source, &horizontal, &vertical, made);
	}
	taps_free(&horizontal);
	taps_free(&vertical);
	if (!done) {
		tensor_unref(made);
		return out_of_memory(error, across->count, down->count);
	}
	*result = made;
	return CNNVIZ_OK;
}

cnnviz_status tensor_resize(const cnnviz_tensor *source, int64_t height, int64_t width,
		uint32_t filter, cnnviz_tensor **result, struct error *error)
{
	const int64_t *shape = tensor_shape(source);
	char text[128];

	if (tensor_rank(source) != 4) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"a tensor of shape %s cannot be resampled; it must be "
				"(N,C,h,w)",
				tensor_shape_text(tensor_rank(source), shape, text,
						sizeof(text)));
	}
	if (filter > CNNVIZ_FILTER_LANCZOS || width < 1 || width > IMAGE_MAX_EXTENT
			|| height < 1 || height > IMAGE_MAX_EXTENT) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"cannot resample to %lldx%lld with filter %u; width and "
				"height must be 1 to %d, filters 0 to %u",
				(long long)width, (long long)height, (unsigned)filter,
				IMAGE_MAX_EXTENT, (unsigned)CNNVIZ_FILTER_LANCZOS);
	}
	struct axis across = axis_whole(shape[3], width);
	struct axis down = axis_whole(shape[2], height);

	return tensor_resample(source, &across, &down, filter, result, error);
}

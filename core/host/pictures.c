/**
 * \file    host/pictures.c
 * \brief   Pictures for plugins: read, resampled, converted to the network's input and
 *                     back
 */
#include "host/pictures.h"

#include <math.h>
#include <string.h>

#include "base/blur.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/job.h"
#include "host/network.h"
#include "host/picture_read.h"
#include "host/tensors.h"
#include "image/fit.h"
#include "image/image.h"
#include "image/palette.h"
#include "image/resample.h"

/* ---- Arrays --------------------------------------------------------------- */

static const struct normalization *job_normalization(const cnnviz_job *job)
{
	return &job_graph(job)->normalization;
}

/** Whether a tensor is a batch of pictures for the network */
static bool is_input(const cnnviz_job *job, const cnnviz_tensor *tensor)
{
	return tensor != NULL && tensor_rank(tensor) == 4
			&& tensor_shape(tensor)[1] == job_normalization(job)->channels;
}

static cnnviz_status picture_resize(cnnviz_job *job, const cnnviz_tensor *image,
		int64_t height, int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	cnnviz_status status = job_refuse(job, "image->resize()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (image == NULL || tensor_rank(image) != 4 || height < 1 || width < 1
			|| height > IMAGE_MAX_EXTENT || width > IMAGE_MAX_EXTENT
			|| filter > CNNVIZ_FILTER_LANCZOS) {
		return job_misuse(job,
				"image->resize() was given a tensor that is not "
				"(N,C,h,w), a size outside 1..%d or an unknown filter",
				IMAGE_MAX_EXTENT);
	}
	return tensor_resize(image, height, width, filter, resized, &job->fault->error);
}

static cnnviz_status picture_blur(cnnviz_job *job, const cnnviz_tensor *image,
		double deviation, uint32_t edge, cnnviz_tensor **blurred)
{
	const struct blur blur = {
		.deviation = deviation,
		.radius = (int64_t)ceil(3 * fmin(fmax(deviation, 0), IMAGE_MAX_EXTENT)),
		.edge = edge == CNNVIZ_EDGE_MIRROR ? BLUR_MIRROR : BLUR_REPEAT,
	};
	cnnviz_tensor *result = NULL;
	cnnviz_status status = job_refuse(job, "image->blur()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (image == NULL || tensor_rank(image) != 4
			|| !(deviation > 0 && deviation <= IMAGE_MAX_EXTENT)
			|| edge > CNNVIZ_EDGE_MIRROR) {
		return job_misuse(job,
				"image->blur() was given a tensor that is not "
				"(N,C,H,W), a deviation that is not above 0 and at most "
				"%d, or an unknown edge",
				IMAGE_MAX_EXTENT);
	}
	const int64_t *shape = tensor_shape(image);

	status = job_create_tensor(job, 4, shape, &result);
	if (status != CNNVIZ_OK) {
		return status;
	}
	float *values = tensor_mutable_data(result);

	memcpy(values, tensor_data(image), (size_t)tensor_count(image) * sizeof(*values));
	if (!blur_planes(&blur, shape[0] * shape[1], shape[2], shape[3], values)) {
		tensor_unref(result);
		return job_fail(job, CNNVIZ_ERROR_MEMORY,
				"out of memory for a blur of deviation %g", deviation);
	}
	*blurred = result;
	return CNNVIZ_OK;
}

/** One value at a time from pixel to input or back, channel by channel */
static cnnviz_status convert(cnnviz_job *job, const cnnviz_tensor *source, bool to_input,
		cnnviz_tensor **result)
{
	cnnviz_status status = job_refuse(job,
			to_input ? "image->normalize()" : "image->denormalize()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!is_input(job, source)) {
		return job_misuse(job,
				"image->%s() was given a tensor that is not (N,%d,H,W)",
				to_input ? "normalize" : "denormalize",
				job_normalization(job)->channels);
	}
	const int64_t *shape = tensor_shape(source);
	cnnviz_tensor *converted = NULL;

	status = job_create_tensor(job, 4, shape, &converted);
	if (status != CNNVIZ_OK) {
		return status;
	}
	const struct normalization *normalization = job_normalization(job);
	int64_t area = shape[2] * shape[3];
	const float *in = tensor_data(source);
	float *out = tensor_mutable_data(converted);

	for (int64_t plane = 0; plane < shape[0] * shape[1]; plane++) {
		float mean = normalization->mean[plane % shape[1]] / normalization->scale;
		float std = normalization->std[plane % shape[1]] / normalization->scale;

		for (int64_t i = plane * area; i < (plane + 1) * area; i++) {
			float value = to_input ? (in[i] - mean) / std
					       : in[i] * std + mean;

			out[i] = to_input ? value : fminf(fmaxf(value, 0), 1);
		}
	}
	*result = converted;
	return CNNVIZ_OK;
}

/** Convert between RGB and BGR in place, if the network expects BGR */
static void order_channels(const cnnviz_job *job, cnnviz_tensor *pictures)
{
	const int64_t *shape = tensor_shape(pictures);
	int64_t area = shape[2] * shape[3];
	float *data = tensor_mutable_data(pictures);

	if (!job_normalization(job)->bgr) {
		return;
	}
	for (int64_t n = 0; n < shape[0]; n++) {
		float *blue = data + n * shape[1] * area, *red = blue + 2 * area;

		for (int64_t i = 0; i < area; i++) {
			float value = blue[i];

			blue[i] = red[i];
			red[i] = value;
		}
	}
}

static cnnviz_status picture_denormalize(cnnviz_job *job, const cnnviz_tensor *input,
		cnnviz_tensor **image)
{
	cnnviz_status status = convert(job, input, false, image);

	if (status == CNNVIZ_OK) {
		order_channels(job, *image);
	}
	return status;
}

static cnnviz_status picture_normalize(cnnviz_job *job, const cnnviz_tensor *image,
		cnnviz_tensor **input)
{
	cnnviz_tensor *ordered = NULL;
	cnnviz_status status;

	if (!job_normalization(job)->bgr || !is_input(job, image)) {
		return convert(job, image, true, input);
	}
	status = job_create_tensor(job, 4, tensor_shape(image), &ordered);
	if (status != CNNVIZ_OK) {
		return status;
	}
	memcpy(tensor_mutable_data(ordered), tensor_data(image),
			(size_t)tensor_count(image) * sizeof(float));
	order_channels(job, ordered);
	status = convert(job, ordered, true, input);
	tensor_unref(ordered);
	return status;
}

/* ---- Files ----------------------------------------------------------------- */

/** A picture as (1,C,h,w) in 0..1, with its channels in the order of denormalize() */
static cnnviz_status to_tensor(cnnviz_job *job, const struct image *picture,
		cnnviz_tensor **tensor)
{
	const struct normalization plain =
			normalization_none(job_normalization(job)->channels);
	const int64_t shape[] = { 1, plain.channels, picture->height, picture->width };
	cnnviz_tensor *result = NULL;
	cnnviz_status status = job_create_tensor(job, 4, shape, &result);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = image_to_tensor(picture, &plain, result, 0, &job->fault->error);

	if (status != CNNVIZ_OK) {
		tensor_unref(result);
		return status;
	}
	*tensor = result;
	return CNNVIZ_OK;
}

/** What an input (C,H,W) is after denormalize(), not rounded to 8 bits */
static cnnviz_status from_array(cnnviz_job *job, const cnnviz_tensor *array,
		cnnviz_tensor **tensor)
{
	const int64_t *shape = tensor_shape(array);
	cnnviz_tensor *input = tensor_wrap(4,
			(const int64_t[]){ 1, shape[0], shape[1], shape[2] },
			tensor_data(array), NULL, NULL);
	cnnviz_status status = input != NULL
			? picture_denormalize(job, input, tensor)
			: job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");

	tensor_unref(input);
	return status;
}

static cnnviz_status picture_file(cnnviz_job *job, const char *path, bool fit,
		cnnviz_tensor **tensor)
{
	struct image *picture = NULL;
	cnnviz_tensor *array = NULL;
	cnnviz_status status = picture_read(job->session->plan, path, fit, &picture,
			&array, &job->fault->error);

	if (status == CNNVIZ_OK) {
		status = array != NULL ? from_array(job, array, tensor)
				       : to_tensor(job, picture, tensor);
	}
	tensor_unref(array);
	image_free(picture);
	return status;
}

static cnnviz_status picture_named(cnnviz_job *job, const char *path, bool fit,
		cnnviz_tensor **image)
{
	cnnviz_status status = job_refuse(job, "image->read()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (path == NULL || !*path) {
		return job_misuse(job, "image->read() was given no path");
	}
	return picture_file(job, path, fit, image);
}

#define NEEDS_PICTURES \
	"it needs the pictures of [input] themselves, and another technique " \
	"runs it on inputs of its own making"

static cnnviz_status picture_original(cnnviz_job *job, uint32_t item,
		cnnviz_tensor **image)
{
	cnnviz_status status = job_refuse(job, "image->original()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (job->batch == NULL || item >= job->batch->count) {
		return job_misuse(job,
				"image->original() was called for picture %lu of a batch "
				"of %lu",
				(unsigned long)item,
				(unsigned long)(job->batch != NULL ? job->batch->count
								   : 0));
	}
	if (job->pictures == NULL) {
		return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED, NEEDS_PICTURES);
	}
	return picture_file(job, job->session->plan->pictures[job->pictures[item]].path,
			false, image);
}

static cnnviz_status picture_restore(cnnviz_job *job, uint32_t item,
		const cnnviz_tensor *view, uint32_t filter, cnnviz_tensor **restored)
{
	const struct plan *plan = job->session->plan;
	int64_t width = 0, height = 0;
	cnnviz_status status = job_refuse(job, "image->restore()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (job->batch == NULL || item >= job->batch->count || view == NULL
			|| tensor_rank(view) != 4 || tensor_shape(view)[0] != 1
			|| filter > CNNVIZ_FILTER_LANCZOS) {
		return job_misuse(job,
				"image->restore() was given a picture that is not of the "
				"batch, a tensor that is not (1,C,h,w) or an unknown "
				"filter");
	}
	if (job->pictures == NULL) {
		return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED, NEEDS_PICTURES);
	}
	status = picture_measure(plan, job->pictures[item], &width, &height,
			&job->fault->error);
	return status != CNNVIZ_OK
			? status
			: image_unfit(view, plan->size,
					plan_picture_fit(plan, job->pictures[item]),
					filter, width, height, restored,
					&job->fault->error);
}

/* ---- Sets of pictures ------------------------------------------------------ */

static cnnviz_status read_set(cnnviz_job *job, const char *parameter, uint32_t first,
		uint32_t count, cnnviz_tensor **inputs)
{
	const struct plugin *plugin = job->plan->plugin;
	size_t place = parameter != NULL ? parameter_find(plugin->parameters,
				       plugin->technique.parameter_count, parameter)
					 : plugin->technique.parameter_count;
	cnnviz_status status = job_refuse(job, "image->read_inputs()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (place == plugin->technique.parameter_count
			|| plugin->parameters[place].type != CNNVIZ_PARAMETER_PICTURES) {
		return job_misuse(job,
				"image->read_inputs() was given \"%s\", which is not a "
				"parameter of type pictures",
				parameter != NULL ? parameter : "");
	}
	const struct value *value = &job->plan->values[place];

	if (count == 0 || first >= value->item_count
			|| count > value->item_count - first) {
		return job_misuse(job,
				"image->read_inputs() was asked for %lu pictures from "
				"%lu "
				"on of the %zu of \"%s\"",
				(unsigned long)count, (unsigned long)first,
				value->item_count, parameter);
	}
	return inputs_read(job->session->plan, value->items + first, count, inputs,
			&job->fault->error);
}

/* ---- Palette --------------------------------------------------------------- */

static uint32_t class_color(const cnnviz_job *job, int64_t index)
{
	(void)job;
	return palette_color(index);
}

const cnnviz_image_api image_services = {
	.struct_size = sizeof(cnnviz_image_api),
	.resize = picture_resize,
	.blur = picture_blur,
	.denormalize = picture_denormalize,
	.normalize = picture_normalize,
	.read = picture_named,
	.original = picture_original,
	.class_color = class_color,
	.restore = picture_restore,
	.read_inputs = read_set,
};

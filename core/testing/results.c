/**
 * \file    testing/results.c
 * \brief   The test host's pictures and artifacts
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blur.h"
#include "base/tensor.h"
#include "base/text.h"
#include "testing/network.h"
#include "testing/tables.h"

/** Size of every picture that is read */
#define PICTURE_HEIGHT 4
#define PICTURE_WIDTH 5

/* ---- Pictures -------------------------------------------------------------- */

static cnnviz_status resize(cnnviz_job *job, const cnnviz_tensor *image, int64_t height,
		int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	const int64_t *shape = tensor_shape(image);
	cnnviz_tensor *made = NULL;
	cnnviz_status status = test_create(job, 4,
			(const int64_t[]){ shape[0], shape[1], height, width }, &made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *from = tensor_data(image);
	float *to = tensor_mutable_data(made);

	for (int64_t plane = 0; plane < shape[0] * shape[1]; plane++) {
		for (int64_t y = 0; y < height; y++) {
			for (int64_t x = 0; x < width; x++) {
				to[(plane * height + y) * width + x] = from
						[(plane * shape[2]
								 + y * shape[2] / height)
										* shape[3]
								+ x * shape[3] / width];
			}
		}
	}
	job->filter = filter;
	*resized = made;
	return CNNVIZ_OK;
}

static cnnviz_status blur(cnnviz_job *job, const cnnviz_tensor *image, double deviation,
		uint32_t edge, cnnviz_tensor **blurred)
{
	const int64_t *shape = tensor_shape(image);
	const struct blur how = {
		.deviation = deviation,
		.radius = (int64_t)ceil(3 * deviation),
		.edge = edge == CNNVIZ_EDGE_MIRROR ? BLUR_MIRROR : BLUR_REPEAT,
	};
	cnnviz_tensor *made = NULL;
	cnnviz_status status = test_create(job, 4, shape, &made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	memcpy(tensor_mutable_data(made), tensor_data(image),
			(size_t)tensor_count(image) * sizeof(float));
	if (!blur_planes(&how, shape[0] * shape[1], shape[2], shape[3],
			    tensor_mutable_data(made))) {
		tensor_unref(made);
		return test_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory for a blur");
	}
	*blurred = made;
	return CNNVIZ_OK;
}

/** Networks of tests use pixel values unchanged: both conversions are the identity. */
static cnnviz_status convert(cnnviz_job *job, const cnnviz_tensor *image,
		cnnviz_tensor **converted)
{
	cnnviz_tensor *made = NULL;
	cnnviz_status status = test_create(job, tensor_rank(image), tensor_shape(image),
			&made);

	if (status == CNNVIZ_OK) {
		memcpy(tensor_mutable_data(made), tensor_data(image),
				(size_t)tensor_count(image) * sizeof(float));
		*converted = made;
	}
	return status;
}

static cnnviz_status gray_picture(cnnviz_job *job, cnnviz_tensor **image)
{
	cnnviz_tensor *made = NULL;
	cnnviz_status status = test_create(job, 4,
			(const int64_t[]){ 1, 3, PICTURE_HEIGHT, PICTURE_WIDTH }, &made);

	if (status == CNNVIZ_OK) {
		for (int64_t i = 0; i < tensor_count(made); i++) {
			tensor_mutable_data(made)[i] = 0.5F;
		}
		*image = made;
	}
	return status;
}

static cnnviz_status read(cnnviz_job *job, const char *path, bool fit,
		cnnviz_tensor **image)
{
	(void)path;
	(void)fit;
	return gray_picture(job, image);
}

static cnnviz_status original(cnnviz_job *job, uint32_t item, cnnviz_tensor **image)
{
	(void)item;
	return gray_picture(job, image);
}

static cnnviz_status restore(cnnviz_job *job, uint32_t item, const cnnviz_tensor *view,
		uint32_t filter, cnnviz_tensor **restored)
{
	(void)item;
	return resize(job, view, PICTURE_HEIGHT, PICTURE_WIDTH, filter, restored);
}

static uint32_t class_color(const cnnviz_job *job, int64_t index)
{
	(void)job;
	return (uint32_t)index * UINT32_C(0x102030) & UINT32_C(0xFFFFFF);
}

static cnnviz_status read_inputs(cnnviz_job *job, const char *parameter, uint32_t first,
		uint32_t count, cnnviz_tensor **inputs)
{
	const struct cnnviz_test_pictures *set = job->pictures;

	while (set != NULL && set->parameter != NULL
			&& strcmp(set->parameter, parameter) != 0) {
		set++;
	}
	if (set == NULL || set->parameter == NULL || count == 0
			|| (int64_t)first + count > tensor_shape(set->inputs)[0]) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN, "no such pictures of \"%s\"",
				parameter);
	}
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t size = tensor_count(set->inputs) / tensor_shape(set->inputs)[0];

	memcpy(shape, tensor_shape(set->inputs),
			sizeof(*shape) * tensor_rank(set->inputs));
	shape[0] = count;
	cnnviz_status status = test_create(job, tensor_rank(set->inputs), shape, inputs);

	if (status == CNNVIZ_OK) {
		memcpy(tensor_mutable_data(*inputs),
				tensor_data(set->inputs) + first * size,
				(size_t)(count * size) * sizeof(float));
	}
	return status;
}

const cnnviz_image_api test_images = {
	.struct_size = sizeof(cnnviz_image_api),
	.resize = resize,
	.blur = blur,
	.denormalize = convert,
	.normalize = convert,
	.read = read,
	.original = original,
	.class_color = class_color,
	.restore = restore,
	.read_inputs = read_inputs,
};

/* ---- Results --------------------------------------------------------------- */

static struct cnnviz_test_artifact *find(cnnviz_job *job, const char *name)
{
	for (size_t i = 0; i < job->artifact_count; i++) {
		if (strcmp(job->artifacts[i].name, name) == 0) {
			return &job->artifacts[i];
		}
	}
	return NULL;
}

/** Name of an artifact as in the host: NAME or NAME-SUFFIX */
static void write_name(char *text, size_t size, const char *name, const char *suffix)
{
	char *part = text_file_part(suffix != NULL ? suffix : "", size - 1);

	snprintf(text, size, "%s%s%s", name, suffix != NULL ? "-" : "", part);
	free(part);
}

/** Add an artifact; its tensor, or one item of it, is copied, unless it is NULL. */
static cnnviz_status keep(cnnviz_job *job, const char *name, const char *suffix,
		uint32_t type, const cnnviz_tensor *tensor, uint32_t item,
		struct cnnviz_test_artifact **kept)
{
	if (job->artifact_count == CNNVIZ_TEST_ARTIFACTS_MAX) {
		return test_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"the test host keeps no more than %d artifacts",
				CNNVIZ_TEST_ARTIFACTS_MAX);
	}
	struct cnnviz_test_artifact *artifact = &job->artifacts[job->artifact_count];
	cnnviz_tensor *part = NULL;

	if (tensor != NULL && item != CNNVIZ_WHOLE) {
		part = tensor_view(tensor, item);
		if (part == NULL) {
			return test_fail(job, CNNVIZ_ERROR_PLUGIN,
					"\"%s\" has no item %lu", name,
					(unsigned long)item);
		}
		tensor = part;
	}
	job->artifact_count++;
	write_name(artifact->name, sizeof(artifact->name), name, suffix);
	artifact->type = type;
	artifact->item = item;
	artifact->tensor = tensor != NULL ? test_copy(tensor) : NULL;
	tensor_unref(part);
	if (kept != NULL) {
		*kept = artifact;
	}
	return CNNVIZ_OK;
}

static cnnviz_status keep_image(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	return keep(job, name, suffix, CNNVIZ_ARTIFACT_IMAGE, image, item, NULL);
}

static cnnviz_status keep_array(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *array, uint32_t item)
{
	return keep(job, name, suffix, CNNVIZ_ARTIFACT_ARRAY, array, item, NULL);
}

/** Each frame replaces the previous one. */
static cnnviz_status keep_frame(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	struct cnnviz_test_artifact *latest = NULL;
	cnnviz_status status = keep(job, name, suffix, CNNVIZ_ARTIFACT_ANIMATION, image,
			item, &latest);

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct cnnviz_test_artifact *first = find(job, latest->name);

	if (first != latest) {
		tensor_unref(first->tensor);
		first->tensor = latest->tensor;
		*latest = (struct cnnviz_test_artifact){ .tensor = NULL };
		job->artifact_count--;
	}
	first->frames++;
	return CNNVIZ_OK;
}

static cnnviz_status keep_curve(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	(void)lines;
	(void)axis;
	return keep(job, name, suffix, CNNVIZ_ARTIFACT_CURVE, values, CNNVIZ_WHOLE, NULL);
}

static cnnviz_status keep_labels(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *labels, uint32_t item)
{
	return keep(job, name, suffix, CNNVIZ_ARTIFACT_LABELS, labels, item, NULL);
}

static cnnviz_status keep_scalar(cnnviz_job *job, const char *name, const char *suffix,
		double value)
{
	struct cnnviz_test_artifact *artifact = NULL;
	cnnviz_status status = keep(job, name, suffix, CNNVIZ_ARTIFACT_SCALAR, NULL,
			CNNVIZ_WHOLE, &artifact);

	if (status == CNNVIZ_OK) {
		artifact->value = value;
	}
	return status;
}

/** Names of scalars have no '-', so the combined name is unique. */
static cnnviz_status keep_map_scalar(cnnviz_job *job, uint32_t item, const char *name,
		double value)
{
	char suffix[16];

	snprintf(suffix, sizeof(suffix), "%lu", (unsigned long)item);
	return keep_scalar(job, name, suffix, value);
}

const struct cnnviz_test_artifact *cnnviz_test_find(const cnnviz_job *job,
		const char *name)
{
	return find((cnnviz_job *)(uintptr_t)job, name);
}

const struct cnnviz_test_artifact *cnnviz_test_find_item(const cnnviz_job *job,
		const char *name, uint32_t item)
{
	for (size_t i = 0; i < job->artifact_count; i++) {
		const struct cnnviz_test_artifact *artifact = &job->artifacts[i];

		if (artifact->item == item && strcmp(artifact->name, name) == 0) {
			return artifact;
		}
	}
	return NULL;
}

static cnnviz_status read_back(cnnviz_job *job, const char *name, const char *suffix,
		cnnviz_tensor **input)
{
	char text[sizeof(job->artifacts->name)];

	write_name(text, sizeof(text), name, suffix);
	const struct cnnviz_test_artifact *artifact = cnnviz_test_find(job, text);

	if (artifact == NULL || artifact->type != CNNVIZ_ARTIFACT_IMAGE) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN, "there is no picture \"%s\"",
				text);
	}
	const int64_t *shape = tensor_shape(artifact->tensor);
	cnnviz_tensor *made = NULL;
	cnnviz_status status = test_create(job, 4,
			(const int64_t[]){ 1, shape[0], shape[1], shape[2] }, &made);

	if (status == CNNVIZ_OK) {
		memcpy(tensor_mutable_data(made), tensor_data(artifact->tensor),
				(size_t)tensor_count(made) * sizeof(float));
		*input = made;
	}
	return status;
}

const cnnviz_artifact_api test_artifacts = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = keep_image,
	.array = keep_array,
	.scalar = keep_scalar,
	.frame = keep_frame,
	.curve = keep_curve,
	.labels = keep_labels,
	.read_back = read_back,
	.map_scalar = keep_map_scalar,
};

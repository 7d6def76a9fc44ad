/**
 * \file    testing/results.c
 * \brief   The test host's pictures and artifacts
 */
#include <stdio.h>
#include <string.h>

#include "base/tensor.h"
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
	cnnviz_tensor *made = cnnviz_test_host.tensor->create(4,
			(const int64_t[]){ shape[0], shape[1], height, width });

	if (made == NULL) {
		return test_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
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

const cnnviz_image_api test_images = {
	.struct_size = sizeof(cnnviz_image_api),
	.resize = resize,
	.denormalize = convert,
	.normalize = convert,
	.read = read,
	.original = original,
	.class_color = class_color,
	.restore = restore,
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

/** Add an artifact; its tensor is copied, unless it is NULL. */
static cnnviz_status keep(cnnviz_job *job, const char *name, uint32_t type,
		const cnnviz_tensor *tensor, struct cnnviz_test_artifact **kept)
{
	if (job->artifact_count == CNNVIZ_TEST_ARTIFACTS_MAX) {
		return test_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"the test host keeps no more than %d artifacts",
				CNNVIZ_TEST_ARTIFACTS_MAX);
	}
	struct cnnviz_test_artifact *artifact = &job->artifacts[job->artifact_count++];

	snprintf(artifact->name, sizeof(artifact->name), "%s", name);
	artifact->type = type;
	artifact->tensor = tensor != NULL ? test_copy(tensor) : NULL;
	if (kept != NULL) {
		*kept = artifact;
	}
	return CNNVIZ_OK;
}

static cnnviz_status keep_image(cnnviz_job *job, const char *name,
		const cnnviz_tensor *image)
{
	return keep(job, name, CNNVIZ_ARTIFACT_IMAGE, image, NULL);
}

static cnnviz_status keep_array(cnnviz_job *job, const char *name,
		const cnnviz_tensor *array)
{
	return keep(job, name, CNNVIZ_ARTIFACT_ARRAY, array, NULL);
}

/** Each frame replaces the previous one. */
static cnnviz_status keep_frame(cnnviz_job *job, const char *name,
		const cnnviz_tensor *image)
{
	struct cnnviz_test_artifact *artifact = find(job, name);
	cnnviz_status status = CNNVIZ_OK;

	if (artifact != NULL) {
		tensor_unref(artifact->tensor);
		artifact->tensor = test_copy(image);
	} else {
		status = keep(job, name, CNNVIZ_ARTIFACT_ANIMATION, image, &artifact);
	}
	if (status == CNNVIZ_OK) {
		artifact->frames++;
	}
	return status;
}

static cnnviz_status keep_curve(cnnviz_job *job, const char *name,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	(void)lines;
	(void)axis;
	return keep(job, name, CNNVIZ_ARTIFACT_CURVE, values, NULL);
}

static cnnviz_status keep_labels(cnnviz_job *job, const char *name,
		const cnnviz_tensor *labels)
{
	return keep(job, name, CNNVIZ_ARTIFACT_LABELS, labels, NULL);
}

static cnnviz_status keep_figure(cnnviz_job *job, const char *name, double value)
{
	struct cnnviz_test_artifact *artifact = NULL;
	cnnviz_status status = keep(job, name, CNNVIZ_ARTIFACT_FIGURE, NULL, &artifact);

	if (status == CNNVIZ_OK) {
		artifact->value = value;
	}
	return status;
}

/** Names of scalars have no '-', so the combined name is unique. */
static cnnviz_status keep_map_figure(cnnviz_job *job, uint32_t item, const char *name,
		double value)
{
	char text[sizeof(job->artifacts->name)];

	snprintf(text, sizeof(text), "%s-%lu", name, (unsigned long)item);
	return keep_figure(job, text, value);
}

const struct cnnviz_test_artifact *cnnviz_test_find(const cnnviz_job *job,
		const char *name)
{
	return find((cnnviz_job *)(uintptr_t)job, name);
}

static cnnviz_status read_back(cnnviz_job *job, const char *name, cnnviz_tensor **input)
{
	const struct cnnviz_test_artifact *artifact = cnnviz_test_find(job, name);

	if (artifact == NULL || artifact->type != CNNVIZ_ARTIFACT_IMAGE) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN, "there is no picture \"%s\"",
				name);
	}
	const int64_t *shape = tensor_shape(artifact->tensor);
	cnnviz_tensor *made = cnnviz_test_host.tensor->create(4,
			(const int64_t[]){ 1, shape[0], shape[1], shape[2] });

	if (made == NULL) {
		return test_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	memcpy(tensor_mutable_data(made), tensor_data(artifact->tensor),
			(size_t)tensor_count(made) * sizeof(float));
	*input = made;
	return CNNVIZ_OK;
}

const cnnviz_artifact_api test_artifacts = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = keep_image,
	.array = keep_array,
	.figure = keep_figure,
	.frame = keep_frame,
	.curve = keep_curve,
	.labels = keep_labels,
	.read_back = read_back,
	.map_figure = keep_map_figure,
};

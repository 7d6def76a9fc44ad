/**
 * \file    support/mock_host.c
 * \brief   A host without a network, for testing what a technique computes
 */
#include "support/mock_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/tensor.h"

/* ---- Messages -------------------------------------------------------------- */

static CNNVIZ_PRINTF(3, 4) cnnviz_status fail(cnnviz_job *job, cnnviz_status status,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(job->failure_text, sizeof job->failure_text, format, arguments);
	va_end(arguments);
	job->failure = status;
	return status;
}

static CNNVIZ_PRINTF(3, 4) void warn(cnnviz_job *job, int64_t item,
		const char *format, ...)
{
	va_list arguments;

	if (job->warning_count == MOCK_WARNINGS_MAX) {
		return;
	}
	va_start(arguments, format);
	vsnprintf(job->warning[job->warning_count], sizeof job->warning[0], format,
			arguments);
	va_end(arguments);
	job->warned_item[job->warning_count++] = item;
}

/* ---- Tensors --------------------------------------------------------------- */

static int tensors_left = -1;

void mock_limit_tensors(int count)
{
	tensors_left = count;
}

static cnnviz_tensor *create(uint32_t rank, const int64_t *shape)
{
	if (tensors_left == 0) {
		return NULL;
	}
	tensors_left -= tensors_left > 0;
	return tensor_create(rank, shape);
}

static const cnnviz_tensor_api tensors = {
	.struct_size = sizeof(cnnviz_tensor_api),
	.create = create,
	.ref = tensor_ref,
	.unref = tensor_unref,
	.rank = tensor_rank,
	.shape = tensor_shape,
	.count = tensor_count,
	.data = tensor_data,
	.mutable_data = tensor_mutable_data,
};

/** A copy, so that a technique that writes into it spoils nothing */
static cnnviz_tensor *copy(const cnnviz_tensor *tensor)
{
	cnnviz_tensor *made = tensor_create(tensor_rank(tensor), tensor_shape(tensor));

	memcpy(tensor_mutable_data(made), tensor_data(tensor),
			(size_t)tensor_count(tensor) * sizeof(float));
	return made;
}

/* ---- Parameters ------------------------------------------------------------ */

static const struct mock_value *find_value(const cnnviz_job *job, const char *name)
{
	static const struct mock_value none = { .text = "" };
	const struct mock_value *value = job->values;

	while (value != NULL && value->name != NULL) {
		if (strcmp(value->name, name) == 0) {
			return value;
		}
		value++;
	}
	return &none;
}

static int64_t integer(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->integer;
}

static const char *text(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->text;
}

static const cnnviz_parameter_api parameters = {
	.struct_size = sizeof(cnnviz_parameter_api),
	.integer = integer,
	.text = text,
};

/* ---- Network --------------------------------------------------------------- */

static uint32_t layer_shape(const cnnviz_job *job, int32_t layer, int64_t *shape)
{
	(void)layer;
	memcpy(shape, job->layer_shape, sizeof job->layer_shape);
	return job->layer_rank;
}

static const char *class_name(const cnnviz_job *job, int64_t index)
{
	static const char *const names[] = { "cat", "dog", "eel", "fox" };

	(void)job;
	return index >= 0 && index < 4 ? names[index] : NULL;
}

static const cnnviz_model_api model = {
	.struct_size = sizeof(cnnviz_model_api),
	.layer_shape = layer_shape,
	.class_name = class_name,
};

static cnnviz_status logit_gradient(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	(void)batch;
	job->passes++;
	job->rule = rule;
	job->layer = layer;
	if (job->pass_fails) {
		return fail(job, CNNVIZ_ERROR_ENGINE, "the pass failed");
	}
	if (activation != NULL) {
		*activation = copy(job->activation);
	}
	*gradient = copy(job->gradient);
	return CNNVIZ_OK;
}

static const cnnviz_pass_api pass = {
	.struct_size = sizeof(cnnviz_pass_api),
	.logit_gradient = logit_gradient,
};

static cnnviz_status run_attribution(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	(void)batch;
	for (const struct mock_maps *known = job->maps; known->parameter; known++) {
		if (strcmp(known->parameter, parameter) == 0) {
			*maps = known->maps;
			return CNNVIZ_OK;
		}
	}
	return fail(job, CNNVIZ_ERROR_PLUGIN, "no job \"%s\"", parameter);
}

static const cnnviz_attribution_api attribution = {
	.struct_size = sizeof(cnnviz_attribution_api),
	.run = run_attribution,
};

/* ---- Pictures -------------------------------------------------------------- */

static cnnviz_status resize(cnnviz_job *job, const cnnviz_tensor *image,
		int64_t height, int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	const int64_t *shape = tensor_shape(image);
	cnnviz_tensor *made = create(4,
			(const int64_t[]){ shape[0], shape[1], height, width });

	if (made == NULL) {
		return fail(job, CNNVIZ_ERROR_MEMORY, "memory is short");
	}
	const float *from = tensor_data(image);
	float *to = tensor_mutable_data(made);

	for (int64_t plane = 0; plane < shape[0] * shape[1]; plane++) {
		for (int64_t y = 0; y < height; y++) {
			for (int64_t x = 0; x < width; x++) {
				to[(plane * height + y) * width + x] = from[(plane * shape[2]
						+ y * shape[2] / height) * shape[3]
						+ x * shape[3] / width];
			}
		}
	}
	job->filter = filter;
	*resized = made;
	return CNNVIZ_OK;
}

static const cnnviz_image_api image_services = {
	.struct_size = sizeof(cnnviz_image_api),
	.resize = resize,
};

const cnnviz_host mock_host = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_host),
	.tensor = &tensors,
	.parameter = &parameters,
	.model = &model,
	.pass = &pass,
	.attribution = &attribution,
	.image = &image_services,
	.fail = fail,
	.warn = warn,
};

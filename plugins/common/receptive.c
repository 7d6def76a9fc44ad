/**
 * \file    common/receptive.c
 * \brief   Which part of the input a place of a layer can see
 */
#include "common/receptive.h"

#include <stdlib.h>
#include <string.h>

/* Far outside of any layer, and safe to multiply by strides */
#define FAR (INT64_C(1) << 40)

/** Rows and columns, each from the first to the last, that are seen of a layer */
struct span {
	int64_t first[2], last[2];
	bool seen;
};

static void join(struct span *span, const struct span *other)
{
	for (int i = 0; i < 2; i++) {
		if (!span->seen || other->first[i] < span->first[i]) {
			span->first[i] = other->first[i];
		}
		if (!span->seen || other->last[i] > span->last[i]) {
			span->last[i] = other->last[i];
		}
	}
	span->seen = true;
}

static bool same_places(const cnnviz_host *host, cnnviz_job *job, int32_t layer,
		int32_t input)
{
	int64_t own[CNNVIZ_MAX_RANK], other[CNNVIZ_MAX_RANK];

	return host->model->layer_shape(job, layer, own) == 3
			&& host->model->layer_shape(job, input, other) == 3
			&& own[1] == other[1] && own[2] == other[2];
}

/** What a span of a layer takes of one of its inputs */
static struct span look_back(const cnnviz_host *host, cnnviz_job *job, int32_t layer,
		int32_t input, const struct span *span)
{
	const cnnviz_model_api *model = host->model;
	double kernel[2], stride[2] = { 1, 1 }, dilation[2] = { 1, 1 },
			  padding[4] = { 0 };
	struct span back = { .first = { -FAR, -FAR },
		.last = { FAR, FAR },
		.seen = true };

	if (model->layer_setting(job, layer, "kernel", 2, kernel) != 2) {
		bool whole = strcmp(model->layer_operation(job, layer), "attention") == 0
				|| !same_places(host, job, layer, input);

		return whole ? back : *span;
	}
	model->layer_setting(job, layer, "stride", 2, stride);
	model->layer_setting(job, layer, "dilation", 2, dilation);
	model->layer_setting(job, layer, "padding", 4, padding);
	if (strstr(model->layer_operation(job, layer), "transpose") != NULL
			|| strstr(model->layer_operation(job, layer), "unpool") != NULL) {
		return back; /* rare behind which a place is looked for */
	}
	for (int i = 0; i < 2; i++) {
		int64_t before = (int64_t)padding[i == 0 ? 0 : 2];

		if (span->first[i] > -FAR) {
			back.first[i] = span->first[i] * (int64_t)stride[i] - before;
		}
		if (span->last[i] < FAR) {
			back.last[i] = span->last[i] * (int64_t)stride[i] - before
					+ (int64_t)((kernel[i] - 1) * dilation[i]);
		}
	}
	return back;
}

/** Hand what is seen of a layer on to its inputs. */
static void spread(const cnnviz_host *host, cnnviz_job *job, int32_t layer,
		const int32_t *inputs, uint32_t count, struct span *spans)
{
	for (uint32_t i = 0; i < count; i++) {
		struct span back = look_back(host, job, layer, inputs[i], &spans[layer]);

		join(&spans[inputs[i]], &back);
	}
}

static int64_t cut(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

cnnviz_status receptive_field(const cnnviz_host *host, cnnviz_job *job, int32_t layer,
		int64_t row, int64_t column, int64_t height, int64_t width,
		struct receptive *field)
{
	uint32_t most = (uint32_t)host->model->layer_count(job);
	struct span *spans = calloc(most, sizeof(*spans));
	int32_t *inputs = calloc(most, sizeof(*inputs));
	cnnviz_status status = spans != NULL && inputs != NULL
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for a receptive field");

	if (status == CNNVIZ_OK) {
		spans[layer] = (struct span){ { row, column }, { row, column }, true };
		/* Inputs have lower numbers than what takes them. */
		for (int32_t l = layer; l > CNNVIZ_LAYER_INPUT; l--) {
			if (spans[l].seen) {
				spread(host, job, l, inputs,
						host->model->layer_inputs(job, l, most,
								inputs),
						spans);
			}
		}
		const struct span *seen = &spans[CNNVIZ_LAYER_INPUT];

		field->top = cut(seen->first[0], 0, height - 1);
		field->left = cut(seen->first[1], 0, width - 1);
		field->bottom = cut(seen->last[0], field->top, height - 1) + 1;
		field->right = cut(seen->last[1], field->left, width - 1) + 1;
	}
	free(spans);
	free(inputs);
	return status;
}

/** Cut one channel plane of a picture of a width to a field. */
static void crop_plane(const float *plane, int64_t width, const struct receptive *field,
		float *crop)
{
	int64_t columns = field->right - field->left;

	for (int64_t y = field->top; y < field->bottom; y++) {
		memcpy(crop + (y - field->top) * columns, plane + y * width + field->left,
				(size_t)columns * sizeof(*crop));
	}
}

cnnviz_status receptive_patch(const cnnviz_host *host, cnnviz_job *job,
		const float *picture, const int64_t shape[4],
		const struct receptive *field, int64_t cell, cnnviz_tensor **patch)
{
	int64_t height = field->bottom - field->top, width = field->right - field->left;
	cnnviz_tensor *crop = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ 1, shape[1], height, width }, &crop);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t c = 0; c < shape[1]; c++) {
		crop_plane(picture + c * shape[2] * shape[3], shape[3], field,
				host->tensor->mutable_data(crop) + c * height * width);
	}
	status = host->image->resize(job, crop, cell, cell, CNNVIZ_FILTER_BILINEAR,
			patch);
	host->tensor->unref(crop);
	return status;
}

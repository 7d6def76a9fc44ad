/**
 * \file    common/mask_search.c
 * \brief   Masks that are changed step by step, by the gradient of the score
 */
#include "common/mask_search.h"

#include <stdlib.h>

static cnnviz_status allocate(struct mask_search *s)
{
	size_t values = (size_t)(s->count * s->area), count = (size_t)s->count;

	s->masks = calloc(values, sizeof(*s->masks));
	s->slopes = calloc(values, sizeof(*s->slopes));
	s->scores = calloc(count, sizeof(*s->scores));
	s->down = calloc(count, sizeof(*s->down));
	s->right = calloc(count, sizeof(*s->right));
	s->targets = calloc(count, sizeof(*s->targets));
	s->streams = calloc(count, sizeof(*s->streams));
	if (s->masks == NULL || s->slopes == NULL || s->scores == NULL || s->down == NULL
			|| s->right == NULL || s->targets == NULL || s->streams == NULL) {
		return s->host->fail(s->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for %lld masks", (long long)s->count);
	}
	for (int64_t k = 0; k < s->count; k++) {
		s->targets[k] = s->batch->targets[k / s->each];
		s->streams[k] = s->batch->streams[k / s->each];
	}
	return s->host->tensor->create(s->job, 4,
			(const int64_t[]){ s->count, s->channels, s->height, s->width },
			&s->inputs);
}

/** Allocate, and blur the pictures. */
static cnnviz_status begin(struct mask_search *s)
{
	const int64_t *shape = s->host->tensor->shape(s->batch->inputs);

	s->count = shape[0] * s->each;
	s->channels = shape[1];
	s->height = shape[2];
	s->width = shape[3];
	s->area = s->height * s->width;
	s->size = s->channels * s->area;
	s->iterations = s->host->parameter->integer(s->job, "iterations");

	double blur = s->host->parameter->real(s->job, "blur");
	cnnviz_status status = allocate(s);

	for (int64_t l = 0; l < s->levels - 1 && status == CNNVIZ_OK; l++) {
		double rest = 1 - (double)l / (double)(s->levels - 1);

		status = s->host->image->blur(s->job, s->batch->inputs, rest * blur,
				CNNVIZ_EDGE_MIRROR, &s->blurred[l]);
	}
	return status;
}

static void end(struct mask_search *s)
{
	for (int64_t l = 0; l < s->levels - 1; l++) {
		s->host->tensor->unref(s->blurred[l]);
	}
	s->host->tensor->unref(s->inputs);
	free(s->masks);
	free(s->slopes);
	free(s->scores);
	free(s->down);
	free(s->right);
	free(s->targets);
	free(s->streams);
}

static int64_t clamp(int64_t value, int64_t limit)
{
	return value < 0 ? 0 : (value < limit ? value : limit - 1);
}

/** Where the pixel that mask k shows at i comes from */
static int64_t source(const struct mask_search *s, int64_t k, int64_t i)
{
	int64_t y = i / s->width, x = i % s->width;

	x = s->mirrored ? s->width - 1 - x : x;
	return clamp(y + s->down[k], s->height) * s->width
			+ clamp(x + s->right[k], s->width);
}

/** A value of the picture of mask k at the level, with all channels and pixels */
static const float *level(const struct mask_search *s, int64_t k, int64_t l)
{
	const cnnviz_tensor *values = l < s->levels - 1 ? s->blurred[l]
							: s->batch->inputs;

	return s->host->tensor->data(values) + k / s->each * s->size;
}

/** The levels that a mask's value lies between, the lower one and the share of the upper */
static int64_t find_level(const struct mask_search *s, float mask, float *share)
{
	float place = mask * (float)(s->levels - 1);
	int64_t low = clamp((int64_t)place, s->levels - 1);

	*share = place - (float)low;
	return low;
}

static void make_input(const struct mask_search *s, int64_t k, float *input)
{
	for (int64_t i = 0; i < s->area; i++) {
		float share;
		int64_t from = source(s, k, i);
		int64_t low = find_level(s, s->masks[k * s->area + from], &share);
		const float *below = level(s, k, low) + from;
		const float *above = level(s, k, low + 1) + from;

		for (int64_t c = 0; c < s->size; c += s->area) {
			input[c + i] = (1 - share) * below[c] + share * above[c];
		}
	}
}

static void take_slopes(const struct mask_search *s, int64_t k, const float *gradient)
{
	float *slopes = s->slopes + k * s->area;

	for (int64_t i = 0; i < s->area; i++) {
		slopes[i] = 0;
	}
	for (int64_t i = 0; i < s->area; i++) {
		float share, slope = 0;
		int64_t from = source(s, k, i);
		int64_t low = find_level(s, s->masks[k * s->area + from], &share);
		const float *below = level(s, k, low) + from;
		const float *above = level(s, k, low + 1) + from;

		for (int64_t c = 0; c < s->size; c += s->area) {
			slope += gradient[c + i] * (above[c] - below[c]);
		}
		slopes[from] += slope * (float)(s->levels - 1);
	}
}

/** Scores of the inputs and their gradient */
static cnnviz_status differentiate(struct mask_search *s, cnnviz_tensor **gradient)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS, input = CNNVIZ_LAYER_INPUT;
	const cnnviz_host *host = s->host;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)s->count,
		.inputs = s->inputs,
		.targets = s->targets,
		.streams = s->streams,
	};
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = host->pass->forward(s->job, s->inputs, 1, &logits, &pass);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const cnnviz_tensor *activation = host->pass->activation(pass, logits);

	if (activation == NULL) {
		status = CNNVIZ_ERROR_ENGINE;
	} else if (s->probability) {
		status = host->objective->batch_probability(s->job, &batch, activation,
				s->scores, &seed);
	} else {
		status = host->objective->batch_logit(s->job, &batch, activation,
				s->scores, &seed);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->backward(s->job, pass, CNNVIZ_RULE_PLAIN, 1, &logits,
				(const cnnviz_tensor *const[]){ seed }, 1, &input,
				gradient);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

cnnviz_status mask_search_step(struct mask_search *s, int64_t step)
{
	const cnnviz_tensor_api *tensor = s->host->tensor;
	cnnviz_tensor *gradient = NULL;

	s->host->progress(s->job, (uint64_t)step, (uint64_t)s->iterations);
	if (s->host->canceled(s->job)) {
		return CNNVIZ_ERROR_CANCELED;
	}
	for (int64_t k = 0; k < s->count; k++) {
		make_input(s, k, tensor->mutable_data(s->inputs) + k * s->size);
	}
	cnnviz_status status = differentiate(s, &gradient);

	for (int64_t k = 0; k < s->count && status == CNNVIZ_OK; k++) {
		take_slopes(s, k, tensor->data(gradient) + k * s->size);
	}
	tensor->unref(gradient);
	return status;
}

/** The mean of each picture's masks */
static cnnviz_status make_maps(const struct mask_search *s, cnnviz_tensor **maps)
{
	cnnviz_status status = s->host->tensor->create(s->job, 4,
			(const int64_t[]){ s->batch->count, 1, s->height, s->width },
			maps);

	for (int64_t i = 0; i < s->count * s->area && status == CNNVIZ_OK; i++) {
		int64_t item = i / s->area / s->each, pixel = i % s->area;
		float value = s->hides ? 1 - s->masks[i] : s->masks[i];

		s->host->tensor->mutable_data(*maps)[item * s->area + pixel] += value
				/ (float)s->each;
	}
	return status;
}

cnnviz_status mask_search_attribute(struct mask_search *s,
		cnnviz_status (*find)(struct mask_search *search), cnnviz_tensor **maps)
{
	cnnviz_status status = begin(s);

	if (status == CNNVIZ_OK) {
		status = find(s);
	}
	if (status == CNNVIZ_OK) {
		status = make_maps(s, maps);
	}
	end(s);
	return status;
}

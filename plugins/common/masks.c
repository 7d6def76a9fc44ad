/**
 * \file    common/masks.c
 * \brief   Weights of feature maps by what the network sees under them
 */
#include "common/masks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** What is tried: which feature maps, and the sums of their scores */
struct trial {
	int64_t count;     /* feature maps */
	int64_t *channels; /* in rising order */
	double *scores;
	int64_t together; /* at most so many masks at once, ... */
	int64_t *targets; /* ... and of each target, stream and score */
	uint64_t *streams;
	double *values;
};

static cnnviz_status no_memory(const struct cam *cam)
{
	return cam->host->fail(cam->job, CNNVIZ_ERROR_MEMORY, "out of memory for masks");
}

/* ---- Which feature maps ---------------------------------------------------------- */

static double variance(const float *values, int64_t count)
{
	double mean = cam_sum(values, count) / (double)count, sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += (values[i] - mean) * (values[i] - mean);
	}
	return sum;
}

/** Whether feature map k is among the count that vary most; of equals, the first are. */
static bool is_chosen(const double *variances, int64_t channels, int64_t k, int64_t count)
{
	int64_t before = 0;

	for (int64_t i = 0; i < channels; i++) {
		before += variances[i] > variances[k]
				|| (variances[i] == variances[k] && i < k);
	}
	return before < count;
}

static bool choose_channels(const struct masks *masks, struct trial *trial)
{
	const struct cam_features *features = masks->features;
	double *variances = calloc((size_t)features->channels, sizeof(*variances));

	for (int64_t k = 0; variances != NULL && k < features->channels; k++) {
		variances[k] = variance(features->A + k * features->positions,
				features->positions);
	}
	for (int64_t k = 0, at = 0; variances != NULL && k < features->channels; k++) {
		if (is_chosen(variances, features->channels, k, trial->count)) {
			trial->channels[at++] = k;
		}
	}
	free(variances);
	return variances != NULL;
}

static bool allocate(const struct masks *masks, struct trial *trial)
{
	const cnnviz_parameter_api *parameter = masks->cam->host->parameter;
	int64_t wanted = parameter->integer(masks->cam->job, "channels");
	int64_t all = masks->features->channels;

	trial->count = wanted == 0 || wanted > all ? all : wanted;
	trial->together = parameter->integer(masks->cam->job, "masks_together");
	trial->channels = calloc((size_t)trial->count, sizeof(*trial->channels));
	trial->scores = calloc((size_t)trial->count, sizeof(*trial->scores));
	trial->targets = calloc((size_t)trial->together, sizeof(*trial->targets));
	trial->streams = calloc((size_t)trial->together, sizeof(*trial->streams));
	trial->values = calloc((size_t)trial->together, sizeof(*trial->values));
	return trial->channels != NULL && trial->scores != NULL && trial->targets != NULL
			&& trial->streams != NULL && trial->values != NULL
			&& choose_channels(masks, trial);
}

static void free_trial(struct trial *trial)
{
	free(trial->channels);
	free(trial->scores);
	free(trial->targets);
	free(trial->streams);
	free(trial->values);
}

/* ---- Masked inputs --------------------------------------------------------------- */

/** Scale to 0..1; what is the same everywhere becomes 0. */
static void scale_mask(float *mask, int64_t count)
{
	float least = mask[0], most = mask[0];

	for (int64_t i = 1; i < count; i++) {
		least = mask[i] < least ? mask[i] : least;
		most = mask[i] > most ? mask[i] : most;
	}
	for (int64_t i = 0; i < count; i++) {
		mask[i] = most > least ? (mask[i] - least) / (most - least) : 0;
	}
}

/** What the technique makes of a mask */
static void change_mask(const struct masks *masks, int64_t sample, float *mask,
		int64_t count)
{
	const struct masks_method *method = masks->cam->method->context;

	if (method != NULL) {
		method->change(masks, sample, mask, count);
	}
}

/** Masks first up to first + count, each sample of a feature map one, (count,1,H,W) */
static cnnviz_status make_masks(const struct masks *masks, const struct trial *trial,
		int64_t first, int64_t count, const int64_t *shape,
		cnnviz_tensor **enlarged)
{
	const cnnviz_host *host = masks->cam->host;
	const struct cam_features *features = masks->features;
	int64_t size = shape[2] * shape[3];
	cnnviz_tensor *small = NULL;
	cnnviz_status status = host->tensor->create(masks->cam->job, 4,
			(const int64_t[]){ count, 1, features->height, features->width },
			&small);

	for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		int64_t k = trial->channels[(first + i) / masks->samples];

		memcpy(host->tensor->mutable_data(small) + i * features->positions,
				features->A + k * features->positions,
				(size_t)features->positions * sizeof(float));
	}
	if (status == CNNVIZ_OK) {
		status = host->image->resize(masks->cam->job, small, shape[2], shape[3],
				CNNVIZ_FILTER_BILINEAR, enlarged);
	}
	for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		float *mask = host->tensor->mutable_data(*enlarged) + i * size;

		scale_mask(mask, size);
		change_mask(masks, (first + i) % masks->samples, mask, size);
	}
	host->tensor->unref(small);
	return status;
}

/** The input under each mask, (count,C,H,W) */
static cnnviz_status make_inputs(const struct masks *masks, const cnnviz_tensor *enlarged,
		int64_t count, const int64_t *shape, cnnviz_tensor **inputs)
{
	const cnnviz_tensor_api *tensor = masks->cam->host->tensor;
	int64_t size = shape[2] * shape[3], values = shape[1] * size;
	const float *x = tensor->data(masks->cam->batch->inputs) + masks->item * values;
	cnnviz_status status = tensor->create(masks->cam->job, 4,
			(const int64_t[]){ count, shape[1], shape[2], shape[3] }, inputs);

	for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		const float *mask = tensor->data(enlarged) + i * size;
		float *input = tensor->mutable_data(*inputs) + i * values;

		for (int64_t c = 0; c < values; c += size) {
			for (int64_t at = 0; at < size; at++) {
				input[c + at] = x[c + at] * mask[at];
			}
		}
	}
	return status;
}

/* ---- Scores ---------------------------------------------------------------------- */

static cnnviz_status score_inputs(const struct masks *masks, const struct trial *trial,
		int64_t count, const cnnviz_tensor *inputs)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = masks->cam->host;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)count,
		.inputs = inputs,
		.targets = trial->targets,
		.streams = trial->streams,
	};
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(masks->cam->job, inputs, 1,
			&logits, &pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->batch_logit(masks->cam->job, &batch,
				host->pass->activation(pass, logits), trial->values,
				NULL);
	}
	host->pass->unref(pass);
	return status;
}

static cnnviz_status try_masks(const struct masks *masks, const struct trial *trial,
		int64_t first, int64_t count)
{
	const cnnviz_tensor_api *tensor = masks->cam->host->tensor;
	const int64_t *shape = tensor->shape(masks->cam->batch->inputs);
	cnnviz_tensor *enlarged = NULL, *inputs = NULL;
	cnnviz_status status = make_masks(masks, trial, first, count, shape, &enlarged);

	if (status == CNNVIZ_OK) {
		status = make_inputs(masks, enlarged, count, shape, &inputs);
	}
	if (status == CNNVIZ_OK) {
		status = score_inputs(masks, trial, count, inputs);
	}
	for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		trial->scores[(first + i) / masks->samples] += trial->values[i];
	}
	tensor->unref(inputs);
	tensor->unref(enlarged);
	return status;
}

static cnnviz_status try_all(const struct masks *masks, const struct trial *trial)
{
	const struct cam *cam = masks->cam;
	int64_t total = trial->count * masks->samples;
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t i = 0; i < trial->together; i++) {
		trial->targets[i] = cam->batch->targets[masks->item];
		trial->streams[i] = cam->batch->streams[masks->item];
	}
	for (int64_t first = 0; first < total && status == CNNVIZ_OK;
			first += trial->together) {
		int64_t left = total - first;
		int64_t count = left < trial->together ? left : trial->together;

		status = cam->host->canceled(cam->job)
				? CNNVIZ_ERROR_CANCELED
				: try_masks(masks, trial, first, count);
		if (!cam->copies) { /* which report their own */
			cam->host->progress(cam->job,
					(uint64_t)(masks->item * total + first + count),
					(uint64_t)(cam->batch->count * total));
		}
	}
	return status;
}

/** The softmax of the mean scores, as weights of their feature maps */
static void set_weights(const struct masks *masks, const struct trial *trial,
		double *weights)
{
	double samples = (double)masks->samples, most = trial->scores[0], sum = 0;

	for (int64_t i = 0; i < trial->count; i++) {
		most = fmax(most, trial->scores[i]);
	}
	for (int64_t i = 0; i < trial->count; i++) {
		sum += exp((trial->scores[i] - most) / samples);
	}
	for (int64_t i = 0; i < trial->count; i++) {
		weights[trial->channels[i]] = exp((trial->scores[i] - most) / samples)
				/ sum;
	}
}

static cnnviz_status try_and_weigh(const struct masks *masks, double *weights)
{
	struct trial trial = { .count = 0 };
	cnnviz_status status = allocate(masks, &trial) ? try_all(masks, &trial)
						       : no_memory(masks->cam);

	if (status == CNNVIZ_OK) {
		set_weights(masks, &trial, weights);
	}
	free_trial(&trial);
	return status;
}

/** cam_method.weigh() */
static cnnviz_status weigh(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	const cnnviz_host *host = cam->host;
	const int64_t *shape = host->tensor->shape(cam->batch->inputs);
	struct masks masks = {
		.cam = cam,
		.item = n,
		.features = features,
		.samples = cam->method->context != NULL
				? host->parameter->integer(cam->job, "samples")
				: 1,
		.room = malloc((size_t)(shape[2] * shape[3]) * sizeof(float)),
	};
	cnnviz_status status = masks.room == NULL
			? no_memory(cam)
			: host->random->create(cam->job, cam->batch->streams[n],
					&masks.random);

	if (status == CNNVIZ_OK) {
		status = try_and_weigh(&masks, weights);
	}
	host->random->unref(masks.random);
	free(masks.room);
	return status;
}

cnnviz_status masks_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct masks_method *method,
		cnnviz_tensor **maps)
{
	return cam_run(host, job, batch,
			&(struct cam_method){ .weigh = weigh, .context = method }, maps);
}

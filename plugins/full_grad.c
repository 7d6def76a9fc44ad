/**
 * \file    full_grad.c
 * \brief   FullGrad: what the input and the offsets of all layers contribute to the score
 *
 *     S     = psi( x * d y^c / d x ) + sum_l sum_k psi( b_lk * d y^c / d z_lk )
 *     psi v = up( rescale( |v| ) )
 *
 * where z_lk is channel k of the output of layer l, and b_lk what the layer adds to it
 * whatever its input: a bias, or what a batch normalization comes to. rescale brings values
 * linearly to 0..1, up enlarges them bilinearly to the input's size. Without psi, and with
 * linear layers, the terms of a network of ReLUs sum to y^c: nothing is left out.
 *
 * S. Srinivas, F. Fleuret: Full-Gradient Representation for Neural Network Visualization.
 * 2019, NeurIPS, arXiv:1905.00780, section 4, equation 8.
 *
 * As in the paper: layers without height and width are left out, and each channel is
 * rescaled by itself. The authors' program rescales all channels of a layer together
 * (`scale = layer`) and enlarges with aligned corners. pytorch-grad-cam only takes
 * convolutions and batch normalizations, and rescales the whole map once more.
 */
#include <cnnviz/cnnviz.h>

#include <math.h>
#include <stdlib.h>

/* In the order of enum scale */
static const char *const scales[] = { "channel", "layer", NULL };

enum scale {
	BY_CHANNEL,
	BY_LAYER,
};

static const cnnviz_parameter parameters[] = {
	{ "scale", CNNVIZ_PARAMETER_ENUM, .default_value = "channel", .choices = scales,
			.summary = "what is brought to 0..1 by itself: the contributions "
				   "of each channel, or those of each layer" },
};

/** The input, then all layers that add something, and the gradients there */
struct layers {
	uint32_t count;
	int32_t *numbers;          /* count, and the logits behind them */
	cnnviz_tensor **offsets;   /* (channels) each; NULL of the input */
	cnnviz_tensor **gradients; /* (N,channels,h,w) each */
};

/* ---- Layers ---------------------------------------------------------------------- */

static cnnviz_status find_layers(const cnnviz_host *host, cnnviz_job *job,
		struct layers *layers)
{
	int32_t all = host->model->layer_count(job);
	cnnviz_status status = CNNVIZ_OK;

	layers->numbers = calloc((size_t)all + 1, sizeof(*layers->numbers));
	layers->offsets = calloc(2 * (size_t)all, sizeof(cnnviz_tensor *));
	if (layers->numbers == NULL || layers->offsets == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory for layers");
	}
	layers->gradients = layers->offsets + all;
	layers->numbers[layers->count++] = CNNVIZ_LAYER_INPUT;
	for (int32_t layer = 1; layer < all && status == CNNVIZ_OK; layer++) {
		int64_t shape[CNNVIZ_MAX_RANK];
		cnnviz_tensor **offset = &layers->offsets[layers->count];

		if (host->model->layer_shape(job, layer, shape) == 3) {
			status = host->model->layer_offset(job, layer, offset);
		}
		if (*offset != NULL) {
			layers->numbers[layers->count++] = layer;
		}
	}
	layers->numbers[layers->count] = CNNVIZ_LAYER_LOGITS;
	return status;
}

static void free_layers(const cnnviz_host *host, struct layers *layers)
{
	for (uint32_t i = 0; i < layers->count; i++) {
		host->tensor->unref(layers->offsets[i]);
		host->tensor->unref(layers->gradients[i]);
	}
	free(layers->numbers);
	free(layers->offsets);
}

/** One pass forward and one backward for all layers */
static cnnviz_status differentiate(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, struct layers *layers)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, layers->count,
			layers->numbers + 1, &pass);

	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *scores = host->pass->activation(pass, logits);

		status = scores != NULL ? host->objective->batch_logit(job, batch, scores,
					 NULL, &seed)
					: CNNVIZ_ERROR_ENGINE;
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &logits,
				(const cnnviz_tensor *const[]){ seed }, layers->count,
				layers->numbers, layers->gradients);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

/* ---- Maps ------------------------------------------------------------------------ */

/** Bring values linearly to 0..1, and to 0 where all are the same. NaN is kept. */
static void rescale(float *values, int64_t count)
{
	float low = values[0], high = values[0];

	for (int64_t i = 1; i < count; i++) {
		low = values[i] < low ? values[i] : low;
		high = values[i] > high ? values[i] : high;
	}
	for (int64_t i = 0; i < count; i++) {
		values[i] = high != low ? (values[i] - low) / (high - low) : 0;
	}
}

/** Add up one item's rescaled contributions over the channels: of the input or an offset */
static void add_channels(const float *gradient, const float *input, const float *offset,
		int64_t channels, int64_t positions, bool by_layer, float *terms,
		float *sums)
{
	for (int64_t k = 0; k < channels; k++) {
		for (int64_t i = k * positions; i < (k + 1) * positions; i++) {
			float factor = offset != NULL ? offset[k] : input[i];

			terms[i] = fabsf(factor * gradient[i]);
		}
		if (!by_layer) {
			rescale(terms + k * positions, positions);
		}
	}
	if (by_layer) {
		rescale(terms, channels * positions);
	}
	for (int64_t i = 0; i < channels * positions; i++) {
		sums[i % positions] += terms[i];
	}
}

/**
 * Add layer i's contributions to the maps. Enlarging is linear, so that it may come after the
 * sum over the channels.
 */
static cnnviz_status add_layer(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct layers *layers, uint32_t i,
		cnnviz_tensor *maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	const int64_t *shape = tensor->shape(layers->gradients[i]);
	const int64_t *size = tensor->shape(maps);
	int64_t positions = shape[2] * shape[3], values = shape[1] * positions;
	bool by_layer = host->parameter->integer(job, "scale") == BY_LAYER;
	const cnnviz_tensor *offset = layers->offsets[i];
	cnnviz_tensor *sums = NULL, *enlarged = NULL;
	float *terms = malloc((size_t)values * sizeof(*terms));
	cnnviz_status status = terms != NULL
			? tensor->create(job, 4,
					(const int64_t[]){ shape[0], 1, shape[2],
							shape[3] },
					&sums)
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for contributions");

	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		add_channels(tensor->data(layers->gradients[i]) + n * values,
				i == 0 ? tensor->data(batch->inputs) + n * values : NULL,
				offset != NULL ? tensor->data(offset) : NULL, shape[1],
				positions, by_layer, terms,
				tensor->mutable_data(sums) + n * positions);
	}
	if (status == CNNVIZ_OK) {
		status = host->image->resize(job, sums, size[2], size[3],
				CNNVIZ_FILTER_BILINEAR, &enlarged);
	}
	for (int64_t at = 0; status == CNNVIZ_OK && at < tensor->count(maps); at++) {
		tensor->mutable_data(maps)[at] += tensor->data(enlarged)[at];
	}
	tensor->unref(enlarged);
	tensor->unref(sums);
	free(terms);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	struct layers layers = { .count = 0 };
	cnnviz_tensor *result = NULL;
	cnnviz_status status = find_layers(host, job, &layers);

	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 4,
				(const int64_t[]){ shape[0], 1, shape[2], shape[3] },
				&result);
	}
	if (status == CNNVIZ_OK) {
		status = differentiate(host, job, batch, &layers);
	}
	for (uint32_t i = 0; i < layers.count && status == CNNVIZ_OK; i++) {
		status = add_layer(host, job, batch, &layers, i, result);
	}
	free_layers(host, &layers);
	if (status != CNNVIZ_OK) {
		host->tensor->unref(result);
		return status;
	}
	*maps = result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("full_grad", "1.0"),
	.summary = "FullGrad: what the input and the offsets of all layers contribute to "
		   "the "
		   "score",
	.description = "Adds to the input times its gradient what the biases and batch "
		       "normalizations of all layers contribute at each place, so that "
		       "no "
		       "part of the score is left out. Needs no choice of a layer.",
	.reference = "Srinivas, Fleuret 2019, Full-Gradient Representation for Neural "
		     "Network Visualization, arXiv:1905.00780, section 4",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

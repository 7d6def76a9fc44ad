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
 * convolutions and batch normalizations, and rescales the whole map once more. With
 * `eigen_smooth` it takes the component of maps that it has made smaller.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cam.h"
#include "common/component.h"

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
	{ AUGMENT_SMOOTH },
	{ "eigen_smooth", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether to take the first principal component of "
				   "what each layer and each channel of the input "
				   "contributes in place of the sum" },
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
		/* Windows of a transformer have their channels on another axis. */
		if (*offset != NULL && host->tensor->count(*offset) != shape[0]) {
			host->tensor->unref(*offset);
			*offset = NULL;
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

/** One item's rescaled contributions, of all channels: of the input or of an offset */
static void find_terms(const float *gradient, const float *input, const float *offset,
		int64_t channels, int64_t positions, bool by_layer, float *terms)
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
}

/** Add count rows of length values each to a sum. */
static void add_rows(const float *rows, int64_t count, int64_t length, float *sum)
{
	for (int64_t k = 0; k < count; k++) {
		const float *row = rows + k * length;

		for (int64_t i = 0; i < length; i++) {
			sum[i] += row[i];
		}
	}
}

/**
 * What layer i contributes for item n, (1,rows,h,w): each channel of the input, or all of an
 * offset together. Enlarging is linear, so that it may come after the sum.
 */
static cnnviz_status sum_layer(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t n, const struct layers *layers,
		uint32_t i, cnnviz_tensor **sums)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	const int64_t *shape = tensor->shape(layers->gradients[i]);
	int64_t positions = shape[2] * shape[3], values = shape[1] * positions;
	int64_t rows = i == 0 ? shape[1] : 1;
	bool by_layer = host->parameter->integer(job, "scale") == BY_LAYER;
	const cnnviz_tensor *offset = layers->offsets[i];
	float *terms = malloc((size_t)values * sizeof(*terms));
	cnnviz_status status = terms != NULL
			? tensor->create(job, 4,
					(const int64_t[]){ 1, rows, shape[2], shape[3] },
					sums)
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for contributions");

	if (status == CNNVIZ_OK) {
		find_terms(tensor->data(layers->gradients[i]) + n * values,
				i == 0 ? tensor->data(batch->inputs) + n * values : NULL,
				offset != NULL ? tensor->data(offset) : NULL, shape[1],
				positions, by_layer, terms);
		add_rows(terms, shape[1] / rows, rows * positions,
				tensor->mutable_data(*sums));
	}
	free(terms);
	return status;
}

/** What all layers contribute for item n, enlarged: a row after the other, of (H,W) each */
static cnnviz_status fill_rows(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t n, const struct layers *layers,
		float *rows)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	const int64_t *size = tensor->shape(batch->inputs);
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < layers->count && status == CNNVIZ_OK; i++) {
		cnnviz_tensor *sums = NULL, *enlarged = NULL;

		status = sum_layer(host, job, batch, n, layers, i, &sums);
		if (status == CNNVIZ_OK) {
			status = host->image->resize(job, sums, size[2], size[3],
					CNNVIZ_FILTER_BILINEAR, &enlarged);
		}
		if (status == CNNVIZ_OK) {
			memcpy(rows, tensor->data(enlarged),
					(size_t)tensor->count(enlarged) * sizeof(*rows));
			rows += tensor->count(enlarged);
		}
		tensor->unref(enlarged);
		tensor->unref(sums);
	}
	return status;
}

/** The sum of an item's rows, or the positive part of their first component */
static cnnviz_status join_rows(const cnnviz_host *host, cnnviz_job *job,
		const float *rows, int64_t count, int64_t area, float *map)
{
	if (!host->parameter->boolean(job, "eigen_smooth")) {
		add_rows(rows, count, area, map);
		return CNNVIZ_OK;
	}
	if (!component_project(rows, count, area, true, map)) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY,
				"out of memory for a component");
	}
	for (int64_t i = 0; i < area; i++) {
		map[i] = map[i] <= 0 ? 0 : map[i];
	}
	return CNNVIZ_OK;
}

static cnnviz_status make_maps(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct layers *layers,
		cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t count = shape[1] + layers->count - 1, area = shape[2] * shape[3];
	float *rows = malloc((size_t)(count * area) * sizeof(*rows));
	cnnviz_status status = rows != NULL
			? host->tensor->create(job, 4,
					(const int64_t[]){ shape[0], 1, shape[2],
							shape[3] },
					maps)
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for what layers contribute");

	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		status = fill_rows(host, job, batch, n, layers, rows);
		if (status == CNNVIZ_OK) {
			status = join_rows(host, job, rows, count, area,
					host->tensor->mutable_data(*maps) + n * area);
		}
	}
	free(rows);
	return status;
}

/** augment_make */
static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, void *context, cnnviz_tensor **maps)
{
	struct layers layers = { .count = 0 };
	cnnviz_status status = find_layers(host, job, &layers);

	(void)context;
	if (status == CNNVIZ_OK) {
		status = differentiate(host, job, batch, &layers);
	}
	if (status == CNNVIZ_OK) {
		status = make_maps(host, job, batch, &layers, maps);
	}
	free_layers(host, &layers);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status = host->parameter->boolean(job, "aug_smooth")
			? augment_average(host, job, batch, run, NULL, &result)
			: run(host, job, batch, NULL, &result);

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

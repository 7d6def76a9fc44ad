/**
 * \file    common/cam.c
 * \brief   What all class activation maps have in common
 */
#include "common/cam.h"

#include <stdlib.h>
#include <string.h>

#include "common/component.h"

enum merge {
	MEAN,
	MAX,
	PRODUCT,
};

/* In the order of enum merge */
const char *const cam_merges[] = { "mean", "max", "product", NULL };

/** Layers of one run: their numbers, and for one batch what was captured and made of it */
struct layers {
	uint32_t count;
	int32_t *numbers;
	cnnviz_tensor **activations;
	cnnviz_tensor **gradients;
	cnnviz_tensor **maps; /* (N,1,h,w) each */
};

/* ---- Layers ---------------------------------------------------------------------- */

static cnnviz_status no_memory(const struct cam *cam)
{
	return cam->host->fail(cam->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for class activation maps");
}

cnnviz_status cam_check(const cnnviz_host *host, cnnviz_job *job)
{
	uint32_t count = host->parameter->list_count(job, "layer");

	for (uint32_t i = 0; i < count; i++) {
		int32_t layer = (int32_t)host->parameter->list_integer(job, "layer", i);
		int64_t shape[CNNVIZ_MAX_RANK];
		uint32_t rank = host->model->layer_shape(job, layer, shape);

		if (rank != 3 || shape[1] * shape[2] < 2) {
			return host->fail(job, CNNVIZ_ERROR_INPUT,
					"the layer \"%s\" has no height and width, so "
					"there is no map of it; name a convolutional "
					"layer with `layer`",
					host->parameter->list_text(job, "layer", i));
		}
	}
	return CNNVIZ_OK;
}

static bool allocate_layers(const struct cam *cam, struct layers *layers)
{
	uint32_t count = cam->host->parameter->list_count(cam->job, "layer");

	layers->numbers = calloc(count, sizeof(*layers->numbers));
	layers->activations = calloc(3 * (size_t)count, sizeof(cnnviz_tensor *));
	if (layers->numbers == NULL || layers->activations == NULL) {
		return false;
	}
	layers->count = count;
	layers->gradients = layers->activations + count;
	layers->maps = layers->gradients + count;
	for (uint32_t i = 0; i < count; i++) {
		layers->numbers[i] = (int32_t)cam->host->parameter->list_integer(cam->job,
				"layer", i);
	}
	return true;
}

/** Forget what belongs to one batch. */
static void clear_layers(const struct cam *cam, struct layers *layers)
{
	for (uint32_t i = 0; i < 3 * layers->count; i++) {
		cam->host->tensor->unref(layers->activations[i]);
		layers->activations[i] = NULL;
	}
}

static void free_layers(struct layers *layers)
{
	free(layers->numbers);
	free(layers->activations);
}

/* ---- Passes ---------------------------------------------------------------------- */

/** Gradients of the objective with respect to layers of a pass */
static cnnviz_status go_backward(const struct cam *cam, cnnviz_pass *pass, uint32_t count,
		const int32_t *layers, cnnviz_tensor **gradients)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = cam->host;
	const cnnviz_tensor *scores = host->pass->activation(pass, logits);
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = cam->method->seed != NULL
			? cam->method->seed(cam, scores, &seed)
			: host->objective->batch_logit(cam->job, cam->batch, scores, NULL,
					&seed);

	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *seeds[] = { seed };

		status = host->pass->backward(cam->job, pass, CNNVIZ_RULE_PLAIN, 1,
				&logits, seeds, count, layers, gradients);
	}
	for (uint32_t i = 0;
			cam->method->correct != NULL && i < count && status == CNNVIZ_OK;
			i++) {
		status = cam->method->correct(cam, pass, layers[i], seed, gradients[i]);
	}
	host->tensor->unref(seed);
	return status;
}

/** The layers, the logits, and what goes around the layers if the method starts from there */
static int32_t *list_captures(const struct cam *cam, uint32_t count,
		const int32_t *layers, uint32_t *captured)
{
	const cnnviz_model_api *model = cam->host->model;
	uint32_t beside = cam->method->correct != NULL
			? (uint32_t)model->layer_count(cam->job)
			: 0;
	int32_t *captures = malloc((count * (size_t)(1 + beside) + 1)
			* sizeof(*captures));

	if (captures == NULL) {
		return NULL;
	}
	memcpy(captures, layers, count * sizeof(*captures));
	captures[count] = CNNVIZ_LAYER_LOGITS;
	*captured = count + 1;
	for (uint32_t i = 0; beside > 0 && i < count; i++) {
		*captured += model->side_layers(cam->job, layers[i], CNNVIZ_LAYER_LOGITS,
				beside, captures + *captured);
	}
	return captures;
}

/** One pass forward, and one backward if gradients are wanted, for all layers */
static cnnviz_status capture_together(const struct cam *cam, uint32_t count,
		const int32_t *layers, cnnviz_tensor **activations,
		cnnviz_tensor **gradients)
{
	const cnnviz_host *host = cam->host;
	uint32_t captured = 0;
	int32_t *captures = list_captures(cam, count, layers, &captured);
	cnnviz_pass *pass = NULL;

	if (captures == NULL) {
		return no_memory(cam);
	}
	cnnviz_status status = gradients != NULL
			? host->pass->forward(cam->job, cam->batch->inputs, captured,
					captures, &pass)
			: host->pass->forward_only(cam->job, cam->batch->inputs, count,
					captures, &pass);

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		const cnnviz_tensor *found = host->pass->activation(pass, layers[i]);

		/* A reference count is not visible to the pass. */
		activations[i] = host->tensor->ref((cnnviz_tensor *)(uintptr_t)found);
		status = found != NULL ? status : CNNVIZ_ERROR_ENGINE;
	}
	if (status == CNNVIZ_OK && gradients != NULL) {
		status = go_backward(cam, pass, count, layers, gradients);
	}
	host->pass->unref(pass);
	free(captures);
	return status;
}

cnnviz_status cam_capture(const struct cam *cam, uint32_t count, const int32_t *layers,
		cnnviz_tensor **activations, cnnviz_tensor **gradients)
{
	/* This one is shared with other jobs, and warns of gradients that are zero. */
	if (count == 1 && gradients != NULL && cam->method->seed == NULL
			&& cam->method->correct == NULL && !cam->copies) {
		return cam->host->pass->logit_gradient(cam->job, cam->batch,
				CNNVIZ_RULE_PLAIN, layers[0], activations, gradients);
	}
	return capture_together(cam, count, layers, activations, gradients);
}

/* ---- One map --------------------------------------------------------------------- */

double cam_sum(const float *values, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += values[i];
	}
	return sum;
}

cnnviz_status cam_mean_gradients(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	(void)cam;
	(void)n;
	for (int64_t k = 0; k < features->channels; k++) {
		weights[k] = cam_sum(features->gradient + k * features->positions,
					     features->positions)
				/ (double)features->positions;
	}
	return CNNVIZ_OK;
}

/** The weighted values of all channels, by either kind of method */
static cnnviz_status fill_terms(const struct cam *cam, uint32_t n,
		const struct cam_features *features, float *terms)
{
	double *weights = NULL;
	cnnviz_status status;

	if (cam->method->multiply != NULL) {
		cam->method->multiply(cam, features, terms);
		return CNNVIZ_OK;
	}
	weights = calloc((size_t)features->channels, sizeof(*weights));
	status = weights != NULL ? cam->method->weigh(cam, n, features, weights)
				 : no_memory(cam);
	for (int64_t k = 0; k < features->channels && status == CNNVIZ_OK; k++) {
		for (int64_t i = k * features->positions;
				i < (k + 1) * features->positions; i++) {
			terms[i] = (float)(weights[k] * features->A[i]);
		}
	}
	free(weights);
	return status;
}

/** Make one map of the weighted values. */
static cnnviz_status join_terms(const struct cam *cam,
		const struct cam_features *features, const float *terms, float *L)
{
	if (cam->method->component
			|| cam->host->parameter->boolean(cam->job, "eigen_smooth")) {
		return component_project(terms, features->channels, features->positions,
				       !cam->method->uncentered, L)
				? CNNVIZ_OK
				: no_memory(cam);
	}
	for (int64_t k = 0; k < features->channels; k++) {
		for (int64_t ij = 0; ij < features->positions; ij++) {
			L[ij] += terms[k * features->positions + ij];
		}
	}
	return CNNVIZ_OK;
}

/** The map of one input, before its negative part is removed */
static cnnviz_status compute_map(const struct cam *cam, uint32_t n,
		const struct cam_features *features, float *L)
{
	float *terms;
	cnnviz_status status;

	if (cam->method->map != NULL) {
		return cam->method->map(cam, n, features, L);
	}
	terms = malloc((size_t)(features->channels * features->positions)
			* sizeof(*terms));
	status = terms != NULL ? fill_terms(cam, n, features, terms) : no_memory(cam);
	if (status == CNNVIZ_OK) {
		status = join_terms(cam, features, terms, L);
	}
	free(terms);
	return status;
}

/**
 * Set negative values to zero. Returns whether any value was positive. NaN is kept for
 * the host to detect.
 */
static bool rectify(float *L, int64_t positions)
{
	bool any = false;

	for (int64_t ij = 0; ij < positions; ij++) {
		L[ij] = L[ij] <= 0 ? 0 : L[ij];
		any = any || L[ij] != 0;
	}
	return any;
}

static bool all_zero(const float *values, int64_t count)
{
	while (count > 0 && values[count - 1] == 0) {
		count--;
	}
	return count == 0;
}

/** Say that a map of the list's layer is zero everywhere, unless the host has said why. */
static void warn_empty(const struct cam *cam, uint32_t n,
		const struct cam_features *features, uint32_t layer)
{
	if (cam->copies
			|| (features->gradient != NULL
					&& all_zero(features->gradient,
							features->channels
									* features->positions))) {
		return;
	}
	cam->host->warn(cam->job, n,
			"no position of the layer \"%s\" is evidence for the class "
			"\"%s\" (the weighted sum of its feature maps is positive "
			"nowhere), so the map is zero",
			cam->host->parameter->list_text(cam->job, "layer", layer),
			cam->host->model->class_name(cam->job, cam->batch->targets[n]));
}

/** The maps of a batch at layer i */
static cnnviz_status map_layer(const struct cam *cam, struct layers *layers, uint32_t i)
{
	const cnnviz_tensor_api *tensor = cam->host->tensor;
	const cnnviz_tensor *A = layers->activations[i], *gradient = layers->gradients[i];
	const int64_t *shape = tensor->shape(A);
	struct cam_features features = {
		.layer = layers->numbers[i],
		.channels = shape[1],
		.height = shape[2],
		.width = shape[3],
		.positions = shape[2] * shape[3],
	};
	int64_t values = features.channels * features.positions;
	cnnviz_status status = tensor->create(cam->job, 4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] },
			&layers->maps[i]);

	for (uint32_t n = 0; n < (uint32_t)shape[0] && status == CNNVIZ_OK; n++) {
		float *L = tensor->mutable_data(layers->maps[i]) + n * features.positions;

		features.A = tensor->data(A) + n * values;
		features.gradient = gradient != NULL ? tensor->data(gradient) + n * values
						     : NULL;
		status = compute_map(cam, n, &features, L);
		if (status == CNNVIZ_OK && !rectify(L, features.positions)) {
			warn_empty(cam, n, &features, i);
		}
	}
	return status;
}

static cnnviz_status map_layers(const struct cam *cam, struct layers *layers)
{
	cnnviz_status status = cam_capture(cam, layers->count, layers->numbers,
			layers->activations,
			cam->method->gradients ? layers->gradients : NULL);

	for (uint32_t i = 0; i < layers->count && status == CNNVIZ_OK; i++) {
		status = map_layer(cam, layers, i);
	}
	return status;
}

/* ---- Several maps ---------------------------------------------------------------- */

/** Add layer i's maps, already of the input's size, to those of the layers before. */
static void merge_map(int64_t merge, uint32_t i, const float *map, int64_t count,
		float *merged)
{
	for (int64_t at = 0; at < count; at++) {
		if (i == 0) {
			merged[at] = map[at];
		} else if (merge == MEAN) {
			merged[at] += (map[at] - merged[at]) / (float)(i + 1);
		} else if (merge == MAX) {
			merged[at] = map[at] > merged[at] ? map[at] : merged[at];
		} else {
			merged[at] *= map[at];
		}
	}
}

/** Merge the maps of all layers into one of the input's size, (N,1,H,W). */
static cnnviz_status merge_layers(const struct cam *cam, const struct layers *layers,
		cnnviz_tensor *merged)
{
	const cnnviz_tensor_api *tensor = cam->host->tensor;
	const int64_t *shape = tensor->shape(merged);
	int64_t merge = cam->host->parameter->integer(cam->job, "merge");
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < layers->count && status == CNNVIZ_OK; i++) {
		cnnviz_tensor *enlarged = NULL;

		augment_scale(tensor->mutable_data(layers->maps[i]), shape[0],
				tensor->count(layers->maps[i]) / shape[0]);
		status = cam->host->image->resize(cam->job, layers->maps[i], shape[2],
				shape[3], CNNVIZ_FILTER_BILINEAR, &enlarged);
		if (status == CNNVIZ_OK) {
			merge_map(merge, i, tensor->data(enlarged), tensor->count(merged),
					tensor->mutable_data(merged));
		}
		tensor->unref(enlarged);
	}
	augment_scale(tensor->mutable_data(merged), shape[0], shape[2] * shape[3]);
	return status;
}

/** What merge_batch() needs */
struct merging {
	const struct cam *cam;
	struct layers *layers;
};

/** The maps of the batch, or of a changed copy of it, merged over the layers */
static cnnviz_status merge_batch(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, void *context, cnnviz_tensor **maps)
{
	const struct merging *merging = context;
	const int64_t *shape = host->tensor->shape(batch->inputs);
	struct cam cam = *merging->cam;
	cnnviz_status status;

	cam.copies = batch != cam.batch;
	cam.batch = batch;
	status = map_layers(&cam, merging->layers);
	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 4,
				(const int64_t[]){ shape[0], 1, shape[2], shape[3] },
				maps);
	}
	if (status == CNNVIZ_OK) {
		status = merge_layers(&cam, merging->layers, *maps);
	}
	clear_layers(&cam, merging->layers);
	return status;
}

cnnviz_status cam_run(const cnnviz_host *host, cnnviz_job *job, const cnnviz_batch *batch,
		const struct cam_method *method, cnnviz_tensor **maps)
{
	const struct cam cam = {
		.host = host,
		.job = job,
		.method = method,
		.batch = batch,
	};
	bool copies = host->parameter->boolean(job, "aug_smooth");
	struct layers layers = { .count = 0 };
	cnnviz_tensor *result = NULL;
	cnnviz_status status;

	if (!allocate_layers(&cam, &layers)) {
		status = no_memory(&cam);
	} else if (copies || layers.count > 1) {
		struct merging merging = { .cam = &cam, .layers = &layers };

		status = copies ? augment_average(host, job, batch, merge_batch, &merging,
					 &result)
				: merge_batch(host, job, batch, &merging, &result);
	} else {
		status = map_layers(&cam, &layers);
		result = host->tensor->ref(layers.maps[0]);
	}
	clear_layers(&cam, &layers);
	free_layers(&layers);
	if (status == CNNVIZ_OK) {
		*maps = result;
	} else {
		host->tensor->unref(result);
	}
	return status;
}

/**
 * \file    host/objective.c
 * \brief   Common objectives: values, and gradients with respect to the activation
 */
#include "host/objective.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/score.h"
#include "host/features.h"
#include "host/network.h"
#include "host/neuron.h"
#include "host/regions.h"
#include "host/tensors.h"
#include "plugin/attribution.h"

/** A tensor of an activation's shape, unless the caller wants none (seed is NULL) */
static cnnviz_status create_like(cnnviz_job *job, const cnnviz_tensor *activation,
		cnnviz_tensor **seed)
{
	cnnviz_status status = job_refuse(job, "host->objective");

	if (status != CNNVIZ_OK || seed == NULL) {
		return status;
	}
	return job_create_tensor(job, tensor_rank(activation), tensor_shape(activation),
			seed);
}

/** The values of item n of a seed, or NULL where none is wanted */
static float *seed_item(cnnviz_tensor *seed, int64_t n)
{
	return seed != NULL ? tensor_mutable_data(seed)
					+ n * (tensor_count(seed) / tensor_shape(seed)[0])
			    : NULL;
}

/** Hand over a seed, if one is wanted. */
static cnnviz_status give_seed(cnnviz_tensor *made, cnnviz_tensor **seed)
{
	if (seed != NULL) {
		*seed = made;
	}
	return CNNVIZ_OK;
}

/* ---- Channels and norms ---------------------------------------------------- */

/** Whether an activation (N,C,h,w) or (N,C) has the channel that each item wants */
static cnnviz_status check_channels(cnnviz_job *job, const cnnviz_tensor *activation,
		const int64_t *channels)
{
	if (activation == NULL || channels == NULL
			|| (tensor_rank(activation) != 2
					&& tensor_rank(activation) != 4)) {
		return job_misuse(job,
				"an objective of channels was given no channels, or a "
				"tensor that is neither (N,C,h,w) nor (N,C)");
	}
	const int64_t *shape = tensor_shape(activation);

	for (int64_t n = 0; n < shape[0]; n++) {
		if (channels[n] < 0 || channels[n] >= shape[1]) {
			return job_fail(job, CNNVIZ_ERROR_INPUT,
					"there is no channel %lld; the layer has %lld, "
					"counted from 0",
					(long long)channels[n], (long long)shape[1]);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status channel_means(cnnviz_job *job, const cnnviz_tensor *activation,
		const int64_t *channels, double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status = check_channels(job, activation, channels);

	if (status == CNNVIZ_OK) {
		status = create_like(job, activation, seed != NULL ? &result : NULL);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *shape = tensor_shape(activation);
	int64_t area = tensor_count(activation) / (shape[0] * shape[1]);

	for (int64_t n = 0; n < shape[0]; n++) {
		int64_t start = (n * shape[1] + channels[n]) * area;
		double value = score_mean(tensor_data(activation) + start, area,
				result != NULL ? tensor_mutable_data(result) + start
					       : NULL);

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(result, seed);
}

static cnnviz_status channel_mean(cnnviz_job *job, const cnnviz_tensor *activation,
		int64_t channel, double *values, cnnviz_tensor **seed)
{
	int64_t count = activation != NULL ? tensor_shape(activation)[0] : 0;
	int64_t *channels = memory_new((size_t)count, sizeof(*channels));

	for (int64_t n = 0; n < count; n++) {
		channels[n] = channel;
	}
	cnnviz_status status = channel_means(job, activation, channels, values, seed);

	free(channels);
	return status;
}

static cnnviz_status half_squared_norm(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;

	if (activation == NULL) {
		return job_misuse(job,
				"objective->half_squared_norm() was given no tensor");
	}
	cnnviz_status status = create_like(job, activation,
			seed != NULL ? &result : NULL);
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t items = tensor_shape(activation)[0];
	int64_t size = tensor_count(activation) / items;
	for (int64_t n = 0; n < items; n++) {
		double value = score_half_squared_norm(tensor_data(activation) + n * size,
				size, seed_item(result, n));

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(result, seed);
}

/** Whether a reference has an item for all, or one for each, of an activation's items */
static bool has_reference(const cnnviz_tensor *activation, const cnnviz_tensor *reference)
{
	if (activation == NULL || reference == NULL
			|| tensor_rank(activation) != tensor_rank(reference)) {
		return false;
	}
	const int64_t *shape = tensor_shape(activation), *other = tensor_shape(reference);

	return (other[0] == 1 || other[0] == shape[0])
			&& memcmp(shape + 1, other + 1,
					   (tensor_rank(activation) - 1) * sizeof(*shape))
			== 0;
}

static cnnviz_status similarity(cnnviz_job *job, const cnnviz_tensor *activation,
		const cnnviz_tensor *reference, double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status;

	if (!has_reference(activation, reference)) {
		return job_misuse(job,
				"objective->similarity() was given a reference that does "
				"not fit the activation");
	}
	status = create_like(job, activation, seed != NULL ? &result : NULL);
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t items = tensor_shape(activation)[0];
	int64_t size = tensor_count(activation) / items;
	int64_t step = tensor_shape(reference)[0] == 1 ? 0 : size;
	for (int64_t n = 0; n < items; n++) {
		double value = score_similarity(tensor_data(activation) + n * size,
				tensor_data(reference) + n * step, size,
				seed_item(result, n));

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(result, seed);
}

/* ---- Classes ------------------------------------------------------------- */

static cnnviz_status check_logits(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets)
{
	bool dense = graph_is_dense(job_graph(job));

	if (logits == NULL || tensor_rank(logits) != (dense ? 4 : 2)) {
		return job_misuse(job,
				"an objective of logits was given a tensor that is not "
				"(N,classes%s)",
				dense ? ",h,w" : "");
	}
	for (int64_t n = 0; n < tensor_shape(logits)[0]; n++) {
		if (!logits_have_target(tensor_shape(logits)[1], targets[n])) {
			return job_misuse(job, "target %lld is not one of %lld classes",
					(long long)targets[n],
					(long long)tensor_shape(logits)[1]);
		}
	}
	return CNNVIZ_OK;
}

/** Value and seed of features in place of classes, if that is the job's objective */
static cnnviz_status score_features(cnnviz_job *job, const cnnviz_tensor *features,
		double *values, cnnviz_tensor **seed)
{
	const cnnviz_tensor *reference = NULL;
	cnnviz_status status;

	if (features_objective(job) == ATTRIBUTION_OF_NORM) {
		return half_squared_norm(job, features, values, seed);
	}
	status = features_reference(job, &reference);
	if (status == CNNVIZ_OK && !has_reference(features, reference)) {
		return job_fail(job, CNNVIZ_ERROR_INPUT,
				"the reference gives features of another shape than the "
				"picture; give pictures of one size, or resize them with "
				"[input] resize");
	}
	return status == CNNVIZ_OK ? similarity(job, features, reference, values, seed)
				   : status;
}

/** Compute scores; batch is that of the logits, or NULL if unknown */
static cnnviz_status score_classes(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, const cnnviz_batch *batch, enum score score,
		double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;
	unsigned char *inside = NULL;
	cnnviz_status status;

	if (logits != NULL && CNNVIZ_IS_NEURON(targets[0])) {
		return neuron_score(job, logits, targets, values, seed);
	}
	status = check_logits(job, logits, targets);
	if (status == CNNVIZ_OK && features_objective(job) != ATTRIBUTION_OF_CLASS) {
		return score_features(job, logits, values, seed);
	}
	if (status == CNNVIZ_OK) {
		status = create_like(job, logits, seed != NULL ? &result : NULL);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	size_t items = (size_t)tensor_shape(logits)[0];
	const enum activation activation = job_graph(job)->activation;

	inside = memory_new((size_t)logits_positions(logits), sizeof(*inside));
	for (size_t n = 0; n < items && status == CNNVIZ_OK; n++) {
		status = job_region(job, logits, n, targets[n], batch, inside);
		if (status != CNNVIZ_OK) {
			break;
		}
		const struct score_item item = {
			.logits = logits,
			.n = n,
			.target = targets[n],
			.activation = activation,
			.inside = inside,
			.gradient = seed_item(result, (int64_t)n),
		};
		double value = score_class(&item, score);

		if (values != NULL) {
			values[n] = value;
		}
	}
	free(inside);
	if (status != CNNVIZ_OK) {
		tensor_unref(result);
		return status;
	}
	return give_seed(result, seed);
}

static cnnviz_status logit(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, targets, NULL, SCORE_LOGIT, values, seed);
}

static cnnviz_status probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, targets, NULL, SCORE_PROBABILITY, values, seed);
}

static cnnviz_status log_probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, targets, NULL, SCORE_LOG_PROBABILITY, values,
			seed);
}

/** Scores of a batch's targets, in the regions of its pictures */
static cnnviz_status score_batch(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, enum score score, double *values,
		cnnviz_tensor **seed)
{
	if (batch == NULL || batch->targets == NULL || logits == NULL
			|| tensor_shape(logits)[0] != batch->count) {
		return job_misuse(job,
				"an objective of a batch was given logits that are not "
				"of as many items as the batch");
	}
	return score_classes(job, logits, batch->targets, batch, score, values, seed);
}

static cnnviz_status batch_logit(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, double *values, cnnviz_tensor **seed)
{
	return score_batch(job, batch, logits, SCORE_LOGIT, values, seed);
}

static cnnviz_status batch_probability(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, double *values, cnnviz_tensor **seed)
{
	return score_batch(job, batch, logits, SCORE_PROBABILITY, values, seed);
}

/* ---- Probabilities --------------------------------------------------------- */

static cnnviz_status probabilities(cnnviz_job *job, const cnnviz_tensor *logits,
		cnnviz_tensor **made)
{
	cnnviz_tensor *result = NULL;

	if (logits == NULL || (tensor_rank(logits) != 2 && tensor_rank(logits) != 4)) {
		return job_misuse(job,
				"objective->probabilities() was given a tensor that is "
				"neither (N,classes) nor (N,classes,h,w)");
	}
	cnnviz_status status = create_like(job, logits, &result);

	if (status == CNNVIZ_OK) {
		logits_probabilities(logits, job_graph(job)->activation,
				tensor_mutable_data(result));
		*made = result;
	}
	return status;
}

const cnnviz_objective_api objective_services = {
	.struct_size = sizeof(cnnviz_objective_api),
	.logit = logit,
	.probability = probability,
	.log_probability = log_probability,
	.batch_logit = batch_logit,
	.batch_probability = batch_probability,
	.channel_mean = channel_mean,
	.channel_means = channel_means,
	.half_squared_norm = half_squared_norm,
	.probabilities = probabilities,
	.similarity = similarity,
};

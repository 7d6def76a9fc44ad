/**
 * \file    testing/objectives.c
 * \brief   The test host's objectives
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/score.h"
#include "testing/tables.h"

/* ---- Classes ---------------------------------------------------------------- */

/**
 * Find the positions where a class counts: where it is the best one, or everywhere if
 * it is the best nowhere; malloc'ed
 */
static unsigned char *find_positions(const cnnviz_tensor *logits, size_t n, int64_t index)
{
	size_t positions = (size_t)logits_positions(logits);
	int32_t *labels = memory_new(positions, sizeof(*labels));
	unsigned char *inside = memory_new(positions, sizeof(*inside));
	bool any = false;

	logits_labels(logits, n, labels);
	for (size_t i = 0; i < positions; i++) {
		inside[i] = labels[i] == index;
		any = any || labels[i] == index;
	}
	if (!any) {
		memset(inside, 1, positions);
	}
	free(labels);
	return inside;
}

/** The score of one item; its gradient has the shape of the item's logits, or is NULL */
static double score_one(const cnnviz_tensor *logits, size_t n, int64_t target,
		enum score score, float *gradient)
{
	unsigned char *inside = find_positions(logits, n, CNNVIZ_CLASS_OF(target));
	const struct score_item item = {
		.logits = logits,
		.n = n,
		.target = target,
		.activation = logits_activation(tensor_shape(logits)[1]),
		.inside = inside,
		.gradient = gradient,
	};
	double value = score_class(&item, score);

	free(inside);
	return value;
}

/** A tensor for a seed, if one is wanted */
static cnnviz_status create_like(cnnviz_job *job, const cnnviz_tensor *activation,
		cnnviz_tensor *const *seed, cnnviz_tensor **made)
{
	return seed != NULL ? test_create(job, tensor_rank(activation),
			       tensor_shape(activation), made)
			    : CNNVIZ_OK;
}

static cnnviz_status give_seed(cnnviz_tensor *made, cnnviz_tensor **seed)
{
	if (seed != NULL) {
		*seed = made;
	}
	return CNNVIZ_OK;
}

static cnnviz_status score_classes(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, enum score score, double *values,
		cnnviz_tensor **seed)
{
	const int64_t *shape = tensor_shape(logits);
	int64_t size = shape[1] * logits_positions(logits);
	cnnviz_tensor *made = NULL;
	cnnviz_status status = create_like(job, logits, seed, &made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t n = 0; n < shape[0]; n++) {
		double value = score_one(logits, (size_t)n, targets[n], score,
				made != NULL ? tensor_mutable_data(made) + n * size
					     : NULL);

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(made, seed);
}

static cnnviz_status logit(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, targets, SCORE_LOGIT, values, seed);
}

static cnnviz_status probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, targets, SCORE_PROBABILITY, values, seed);
}

static cnnviz_status log_probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, targets, SCORE_LOG_PROBABILITY, values, seed);
}

static cnnviz_status batch_logit(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, batch->targets, SCORE_LOGIT, values, seed);
}

static cnnviz_status batch_probability(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, double *values, cnnviz_tensor **seed)
{
	return score_classes(job, logits, batch->targets, SCORE_PROBABILITY, values,
			seed);
}

/* ---- Channels and norms -------------------------------------------------------- */

static cnnviz_status channel_means(cnnviz_job *job, const cnnviz_tensor *activation,
		const int64_t *channels, double *values, cnnviz_tensor **seed)
{
	const int64_t *shape = tensor_shape(activation);
	int64_t area = tensor_count(activation) / (shape[0] * shape[1]);
	cnnviz_tensor *made = NULL;
	cnnviz_status status = create_like(job, activation, seed, &made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t n = 0; n < shape[0]; n++) {
		int64_t first = (n * shape[1] + channels[n]) * area;
		double value = score_mean(tensor_data(activation) + first, area,
				made != NULL ? tensor_mutable_data(made) + first : NULL);

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(made, seed);
}

static cnnviz_status channel_mean(cnnviz_job *job, const cnnviz_tensor *activation,
		int64_t channel, double *values, cnnviz_tensor **seed)
{
	int64_t count = tensor_shape(activation)[0];
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
	int64_t items = tensor_shape(activation)[0];
	int64_t size = tensor_count(activation) / items;
	cnnviz_tensor *made = NULL;
	cnnviz_status status = create_like(job, activation, seed, &made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t n = 0; n < items; n++) {
		double value = score_half_squared_norm(tensor_data(activation) + n * size,
				size,
				made != NULL ? tensor_mutable_data(made) + n * size
					     : NULL);

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(made, seed);
}

static cnnviz_status similarity(cnnviz_job *job, const cnnviz_tensor *activation,
		const cnnviz_tensor *reference, double *values, cnnviz_tensor **seed)
{
	int64_t items = tensor_shape(activation)[0];
	int64_t size = tensor_count(activation) / items;
	int64_t step = tensor_shape(reference)[0] == 1 ? 0 : size;
	cnnviz_tensor *made = NULL;
	cnnviz_status status = create_like(job, activation, seed, &made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t n = 0; n < items; n++) {
		double value = score_similarity(tensor_data(activation) + n * size,
				tensor_data(reference) + n * step, size,
				made != NULL ? tensor_mutable_data(made) + n * size
					     : NULL);

		if (values != NULL) {
			values[n] = value;
		}
	}
	return give_seed(made, seed);
}

static cnnviz_status probabilities(cnnviz_job *job, const cnnviz_tensor *logits,
		cnnviz_tensor **all)
{
	cnnviz_tensor *made = NULL;
	cnnviz_status status = test_create(job, tensor_rank(logits), tensor_shape(logits),
			&made);

	if (status == CNNVIZ_OK) {
		logits_probabilities(logits, logits_activation(tensor_shape(logits)[1]),
				tensor_mutable_data(made));
		*all = made;
	}
	return status;
}

const cnnviz_objective_api test_objectives = {
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

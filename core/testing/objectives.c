/**
 * \file    testing/objectives.c
 * \brief   The test host's objectives
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/logits.h"
#include "testing/tables.h"

/* ---- Classes ---------------------------------------------------------------- */

/** Score of a class */
enum score {
	SCORE_LOGIT,       /* sum over the positions */
	SCORE_PROBABILITY, /* mean over the positions */
	SCORE_LOG_PROBABILITY,
};

/**
 * Find the positions where a class counts: where it is the best one, or everywhere if
 * it is the best nowhere
 *
 * \return  Number of these positions
 */
static int64_t find_positions(const cnnviz_tensor *logits, size_t n, int64_t target,
		int32_t *labels)
{
	int64_t positions = logits_positions(logits), own = 0;

	logits_labels(logits, n, labels);
	for (int64_t i = 0; i < positions; i++) {
		own += labels[i] == target;
	}
	for (int64_t i = 0; own == 0 && i < positions; i++) {
		labels[i] = (int32_t)target;
	}
	return own > 0 ? own : positions;
}

/**
 * The score at one position, and d p = p d log p
 *
 * \param   gradient    Of class 0 at that position; that of the next class is
 *                     logits_positions() elements later; NULL: not wanted
 */
static double score_position(const cnnviz_tensor *logits, size_t n, int64_t position,
		int64_t target, enum score score, float *gradient)
{
	int64_t classes = tensor_shape(logits)[1], step = logits_positions(logits);
	int64_t index = CNNVIZ_CLASS_OF(target);

	if (score == SCORE_LOGIT) {
		if (gradient != NULL) {
			gradient[index * step] = (float)CNNVIZ_SIGN_OF(target);
		}
		return CNNVIZ_SIGN_OF(target)
				* (double)tensor_data(
						logits)[((int64_t)n * classes + index)
								* step
						+ position];
	}
	double logarithm = logits_log_probability(logits, n, position, target,
			logits_activation(classes), gradient);

	if (score == SCORE_LOG_PROBABILITY) {
		return logarithm;
	}
	for (int64_t c = 0; gradient != NULL && c < classes; c++) {
		gradient[c * step] = (float)(exp(logarithm) * (double)gradient[c * step]);
	}
	return exp(logarithm);
}

/** The score of one item; its gradient has the shape of the item's logits, or is NULL */
static double score_item(const cnnviz_tensor *logits, size_t n, int64_t target,
		enum score score, float *gradient)
{
	int64_t classes = tensor_shape(logits)[1], positions = logits_positions(logits);
	int32_t *labels = memory_new((size_t)positions, sizeof(*labels));
	int64_t index = CNNVIZ_CLASS_OF(target);
	int64_t count = find_positions(logits, n, index, labels);
	double sum = 0, share = score == SCORE_LOGIT ? 1 : 1 / (double)count;

	for (int64_t i = 0; i < positions; i++) {
		if (labels[i] == index) {
			sum += share
					* score_position(logits, n, i, target, score,
							gradient != NULL ? gradient + i
									 : NULL);
		}
	}
	for (int64_t i = 0; gradient != NULL && i < classes * positions; i++) {
		gradient[i] = (float)(share * (double)gradient[i]);
	}
	free(labels);
	return sum;
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
		double value = score_item(logits, (size_t)n, targets[n], score,
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
		double sum = 0;

		for (int64_t i = first; i < first + area; i++) {
			sum += (double)tensor_data(activation)[i];
			if (made != NULL) {
				tensor_mutable_data(made)[i] = 1.0F / (float)area;
			}
		}
		if (values != NULL) {
			values[n] = sum / (double)area;
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
		double sum = 0;

		for (int64_t i = n * size; i < (n + 1) * size; i++) {
			double value = (double)tensor_data(activation)[i];

			sum += value * value / 2;
			if (made != NULL) {
				tensor_mutable_data(made)[i] = (float)value;
			}
		}
		if (values != NULL) {
			values[n] = sum;
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
};

/**
 * \file    run/objective.c
 * \brief   Common objectives: their values and their gradients by the activation
 */
#include <math.h>

#include "base/tensor.h"
#include "run/services.h"

static cnnviz_status create_seed(cnnviz_job *job, const cnnviz_tensor *activation,
		cnnviz_tensor **seed)
{
	*seed = tensor_create(tensor_rank(activation), tensor_shape(activation));
	return *seed ? CNNVIZ_OK
			: job_fail(job, CNNVIZ_ERROR_MEMORY, "memory is too short");
}

static cnnviz_status check_logits(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets)
{
	if (!logits || tensor_rank(logits) != 2) {
		return job_misuse(job, "an objective of logits was handed a tensor "
				"that is not (N,classes)");
	}
	for (int64_t n = 0; n < tensor_shape(logits)[0]; n++) {
		if (targets[n] < 0 || targets[n] >= tensor_shape(logits)[1]) {
			return job_misuse(job, "target %lld is not one of %lld classes",
					(long long)targets[n],
					(long long)tensor_shape(logits)[1]);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status logit(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status = check_logits(job, logits, targets);

	if (status == CNNVIZ_OK) {
		status = create_seed(job, logits, &result);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t classes = tensor_shape(logits)[1];
	for (int64_t n = 0; n < tensor_shape(logits)[0]; n++) {
		int64_t place = n * classes + targets[n];

		if (values) {
			values[n] = tensor_data(logits)[place];
		}
		tensor_mutable_data(result)[place] = 1;
	}
	*seed = result;
	return CNNVIZ_OK;
}

/*
 * d p_t / d f_c = p_t ([c = t] - p_c), d log p_t / d f_c = [c = t] - p_c. Gives p_t, or
 * its logarithm, which does not underflow with it.
 */
static double softmax_row(const float *row, int64_t classes, int64_t target,
		bool logarithm, float *gradient)
{
	double highest = row[0], sum = 0;

	for (int64_t c = 1; c < classes; c++) {
		highest = fmax(highest, row[c]);
	}
	for (int64_t c = 0; c < classes; c++) {
		sum += exp(row[c] - highest);
	}
	double chosen = exp(row[target] - highest) / sum;
	for (int64_t c = 0; c < classes; c++) {
		double own = exp(row[c] - highest) / sum;

		gradient[c] = (float)((logarithm ? 1 : chosen) * ((c == target) - own));
	}
	return logarithm ? row[target] - highest - log(sum) : chosen;
}

static cnnviz_status softmax(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, bool logarithm, double *values,
		cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status = check_logits(job, logits, targets);

	if (status == CNNVIZ_OK) {
		status = create_seed(job, logits, &result);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t classes = tensor_shape(logits)[1];
	for (int64_t n = 0; n < tensor_shape(logits)[0]; n++) {
		double value = softmax_row(tensor_data(logits) + n * classes, classes,
				targets[n], logarithm,
				tensor_mutable_data(result) + n * classes);

		if (values) {
			values[n] = value;
		}
	}
	*seed = result;
	return CNNVIZ_OK;
}

static cnnviz_status probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return softmax(job, logits, targets, false, values, seed);
}

static cnnviz_status log_probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return softmax(job, logits, targets, true, values, seed);
}

static cnnviz_status channel_mean(cnnviz_job *job, const cnnviz_tensor *activation,
		int64_t channel, double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;

	if (!activation || (tensor_rank(activation) != 2
			&& tensor_rank(activation) != 4)) {
		return job_misuse(job, "objective->channel_mean() was handed a tensor "
				"that is neither (N,C,h,w) nor (N,C)");
	}
	const int64_t *shape = tensor_shape(activation);
	if (channel < 0 || channel >= shape[1]) {
		return job_fail(job, CNNVIZ_ERROR_INPUT,
				"there is no channel %lld; the layer has %lld, counted from 0",
				(long long)channel, (long long)shape[1]);
	}
	cnnviz_status status = create_seed(job, activation, &result);
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t area = tensor_count(activation) / (shape[0] * shape[1]);
	for (int64_t n = 0; n < shape[0]; n++) {
		int64_t start = (n * shape[1] + channel) * area;
		double sum = 0;

		for (int64_t i = start; i < start + area; i++) {
			sum += tensor_data(activation)[i];
			tensor_mutable_data(result)[i] = (float)(1 / (double)area);
		}
		if (values) {
			values[n] = sum / (double)area;
		}
	}
	*seed = result;
	return CNNVIZ_OK;
}

static cnnviz_status half_squared_norm(cnnviz_job *job,
		const cnnviz_tensor *activation, double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *result = NULL;

	if (!activation) {
		return job_misuse(job, "objective->half_squared_norm() was handed no tensor");
	}
	cnnviz_status status = create_seed(job, activation, &result);
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t items = tensor_shape(activation)[0];
	int64_t size = tensor_count(activation) / items;
	for (int64_t n = 0; n < items; n++) {
		double sum = 0;

		for (int64_t i = n * size; i < (n + 1) * size; i++) {
			float value = tensor_data(activation)[i];

			sum += (double)value * value;
			tensor_mutable_data(result)[i] = value;
		}
		if (values) {
			values[n] = sum / 2;
		}
	}
	*seed = result;
	return CNNVIZ_OK;
}

const cnnviz_objective_api objective_services = {
	.struct_size = sizeof(cnnviz_objective_api),
	.logit = logit,
	.probability = probability,
	.channel_mean = channel_mean,
	.half_squared_norm = half_squared_norm,
	.log_probability = log_probability,
};

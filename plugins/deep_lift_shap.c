/**
 * \file    deep_lift_shap.c
 * \brief   DeepLIFT SHAP: the mean of DeepLIFT over many baselines
 *
 *     phi(x) = 1/K sum_k DeepLIFT(x, x'_k)
 *
 * which approximates the Shapley values of the pixels, where what is missing is drawn from
 * the pictures x'_k. The map sums to F(x) minus the mean of F(x'_k).
 *
 * S. M. Lundberg, S.-I. Lee: A Unified Approach to Interpreting Model Predictions. 2017,
 * arXiv:1705.07874, section 4.2 (Deep SHAP).
 *
 * The baselines are the pictures of `background`. Without them they are `baselines` pictures of
 * normal noise, with mean and deviation of the training pictures' colors, the same for all
 * pictures: the paper leaves them to the user. Rules are those of deep_lift.
 */
#include "common/deep_lift.h"

#include <stdlib.h>
#include <string.h>

static const cnnviz_parameter parameters[] = {
	{ "background", CNNVIZ_PARAMETER_PICTURES,
			.summary = "pictures to compare with: files or folders" },
	{ "baselines", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "16", .minimum = 1, .maximum = 100000,
			.summary = "without background: how many pictures of noise" },
	{ DEEP_LIFT_RULE },
};

/** The mean for one item */
struct mean {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	uint32_t item;
	int64_t size;      /* values of an input */
	uint32_t count;    /* of baselines */
	double *sums;      /* size */
	double score;      /* of the item */
	double background; /* the mean of the baselines' */
};

/** Some baselines, as inputs */
static cnnviz_status make_baselines(const struct mean *mean, uint32_t first,
		uint32_t count, cnnviz_tensor **baselines)
{
	const cnnviz_host *host = mean->host;
	const int64_t *shape = host->tensor->shape(mean->batch->inputs);

	if (host->parameter->is_set(mean->job, "background")) {
		return host->image->read_inputs(mean->job, "background", first, count,
				baselines);
	}
	cnnviz_tensor *noise = NULL;
	cnnviz_status status = host->tensor->create(mean->job, 4,
			(const int64_t[]){ count, shape[1], shape[2], shape[3] }, &noise);

	for (uint32_t k = 0; k < count && status == CNNVIZ_OK; k++) {
		cnnviz_random *random = NULL;

		status = host->random->create(mean->job, first + k, &random);
		if (status == CNNVIZ_OK) {
			host->random->normal(random, 0, 1, mean->size,
					host->tensor->mutable_data(noise)
							+ k * mean->size);
		}
		host->random->unref(random);
	}
	if (status == CNNVIZ_OK) {
		*baselines = noise;
	} else {
		host->tensor->unref(noise);
	}
	return status;
}

/** The item as often as there are baselines */
static cnnviz_status repeat(const struct mean *mean, uint32_t count,
		const cnnviz_tensor *baselines, cnnviz_tensor **inputs)
{
	const cnnviz_host *host = mean->host;
	const float *x = host->tensor->data(mean->batch->inputs)
			+ mean->item * mean->size;
	cnnviz_status status = host->tensor->create(mean->job, 4,
			host->tensor->shape(baselines), inputs);

	for (uint32_t k = 0; k < count && status == CNNVIZ_OK; k++) {
		memcpy(host->tensor->mutable_data(*inputs) + k * mean->size, x,
				(size_t)mean->size * sizeof(float));
	}
	return status;
}

static void add(struct mean *mean, uint32_t count, const cnnviz_tensor *found,
		const struct relevance_scores *scores)
{
	const float *values = mean->host->tensor->data(found);

	for (int64_t i = 0; i < count * mean->size; i++) {
		mean->sums[i % mean->size] += values[i] / (double)mean->count;
	}
	for (uint32_t k = 0; k < count; k++) {
		mean->background += scores->of_reference[k] / mean->count;
	}
	mean->score = scores->of_inputs[0];
}

/** Add DeepLIFT's contributions for some baselines. */
static cnnviz_status compare(struct mean *mean, uint32_t first, uint32_t count)
{
	const cnnviz_host *host = mean->host;
	cnnviz_tensor *baselines = NULL, *inputs = NULL, *found = NULL;
	int64_t *targets = calloc(count, sizeof(*targets));
	uint64_t *streams = calloc(count, sizeof(*streams));
	double *values = calloc(2 * (size_t)count, sizeof(*values));
	const struct relevance_scores scores = { values, values + count };
	cnnviz_status status = targets != NULL && streams != NULL && values != NULL
			? make_baselines(mean, first, count, &baselines)
			: host->fail(mean->job, CNNVIZ_ERROR_MEMORY, "out of memory");

	if (status == CNNVIZ_OK) {
		status = repeat(mean, count, baselines, &inputs);
	}
	if (status == CNNVIZ_OK) {
		for (uint32_t k = 0; k < count; k++) {
			targets[k] = mean->batch->targets[mean->item];
			streams[k] = mean->batch->streams[mean->item];
		}
		const cnnviz_batch batch = {
			.struct_size = sizeof(batch),
			.count = count,
			.inputs = inputs,
			.targets = targets,
			.streams = streams,
		};

		status = deep_lift_find(host, mean->job, &batch, baselines,
				CNNVIZ_LAYER_INPUT, &found, &scores);
	}
	if (status == CNNVIZ_OK) {
		add(mean, count, found, &scores);
	}
	host->tensor->unref(found);
	host->tensor->unref(inputs);
	host->tensor->unref(baselines);
	free(values);
	free(streams);
	free(targets);
	return status;
}

static cnnviz_status explain(struct mean *mean, float *map)
{
	uint32_t together = mean->host->model->batch(mean->job);
	double sum = 0;
	cnnviz_status status = CNNVIZ_OK;

	mean->background = 0;
	memset(mean->sums, 0, (size_t)mean->size * sizeof(*mean->sums));
	for (uint32_t k = 0; k < mean->count && status == CNNVIZ_OK; k += together) {
		uint32_t left = mean->count - k;

		status = mean->host->canceled(mean->job)
				? CNNVIZ_ERROR_CANCELED
				: compare(mean, k, left < together ? left : together);
		mean->host->progress(mean->job,
				(uint64_t)mean->item * mean->count + k + 1,
				(uint64_t)mean->batch->count * mean->count);
	}
	for (int64_t i = 0; i < mean->size && status == CNNVIZ_OK; i++) {
		map[i] = (float)mean->sums[i];
		sum += mean->sums[i];
	}
	return status != CNNVIZ_OK ? status
				   : deep_lift_report(mean->host, mean->job, mean->item,
						   sum, mean->score, mean->background);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	bool given = host->parameter->is_set(job, "background");
	struct mean mean = {
		.host = host,
		.job = job,
		.batch = batch,
		.size = host->tensor->count(batch->inputs) / batch->count,
		.count = given ? host->parameter->list_count(job, "background")
			       : (uint32_t)host->parameter->integer(job, "baselines"),
	};
	cnnviz_tensor *made = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			host->tensor->shape(batch->inputs), &made);

	mean.sums = calloc((size_t)mean.size, sizeof(*mean.sums));
	if (status == CNNVIZ_OK && mean.sums == NULL) {
		status = host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		mean.item = n;
		status = explain(&mean, host->tensor->mutable_data(made) + n * mean.size);
	}
	free(mean.sums);
	if (status == CNNVIZ_OK) {
		*maps = made;
	} else {
		host->tensor->unref(made);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("deep_lift_shap", "1.0"),
	.summary = "DeepLIFT SHAP: DeepLIFT's mean over many baselines",
	.description = "Runs DeepLIFT against each of many baseline pictures and "
		       "averages. "
		       "So no single baseline, as black, decides what counts as nothing. "
		       "The map sums to the score minus the baselines' mean score; the "
		       "error of this sum is reported with each map.",
	.reference = "Lundberg, Lee 2017, A Unified Approach to Interpreting Model "
		     "Predictions, arXiv:1705.07874, section 4.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

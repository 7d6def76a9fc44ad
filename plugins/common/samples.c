/**
 * \file    common/samples.c
 * \brief   Maps computed from another job's maps of many samples of a picture
 */
#include "common/samples.h"

#include <stdlib.h>

cnnviz_status samples_check_shape(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *maps, const cnnviz_tensor *inputs)
{
	const int64_t *found = host->tensor->shape(maps);
	const int64_t *expected = host->tensor->shape(inputs);

	if (found[1] == expected[1] && found[2] == expected[2]
			&& found[3] == expected[3]) {
		return CNNVIZ_OK;
	}
	return host->fail(job, CNNVIZ_ERROR_INPUT,
			"the maps of the job \"%s\" have the shape (%lld,%lld,%lld) and "
			"the input (%lld,%lld,%lld); `base` needs a job that computes "
			"gradients with respect to the input, such as vanilla_bp",
			host->parameter->text(job, "base"), (long long)found[1],
			(long long)found[2], (long long)found[3], (long long)expected[1],
			(long long)expected[2], (long long)expected[3]);
}

float samples_range(const float *values, int64_t count)
{
	float low = values[0], high = values[0];

	for (int64_t i = 1; i < count; i++) {
		low = values[i] < low ? values[i] : low;
		high = values[i] > high ? values[i] : high;
	}
	return high - low;
}

/** Allocate the sums and the result, once the first map (C,h,w) is known */
static cnnviz_status allocate_sums(struct samples *samples, const int64_t *shape)
{
	samples->map_size = shape[1] * shape[2] * shape[3];
	for (int i = 0; i < 2; i++) {
		samples->sums[i] = calloc((size_t)samples->map_size, sizeof(double));
		if (samples->sums[i] == NULL) {
			return samples->host->fail(samples->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for the sum of the maps");
		}
	}
	return samples->host->tensor->create(samples->job, 4,
			(const int64_t[]){ samples->batch->count, shape[1], shape[2],
					shape[3] },
			&samples->result);
}

static void add_weighted(struct samples *samples, const float *weights, const float *map)
{
	for (int64_t i = 0; i < samples->size; i++) {
		samples->sums[0][i] += (double)weights[i] * map[i];
	}
}

static cnnviz_status add_maps(struct samples *samples, const cnnviz_tensor *maps)
{
	const cnnviz_tensor_api *tensor = samples->host->tensor;
	cnnviz_status status = CNNVIZ_OK;

	if (samples->like_input) {
		status = samples_check_shape(samples->host, samples->job, maps,
				samples->batch->inputs);
	}
	if (status == CNNVIZ_OK && samples->result == NULL) {
		status = allocate_sums(samples, tensor->shape(maps));
	}
	for (int64_t k = 0; k < tensor->shape(maps)[0] && status == CNNVIZ_OK; k++) {
		samples->taken++;
		const float *map = tensor->data(maps) + k * samples->map_size;

		if (samples->weighted) {
			add_weighted(samples, samples->weights + k * samples->size, map);
		} else {
			samples->add(samples, map);
		}
	}
	return status;
}

/** Make the next count samples. */
static cnnviz_status make_inputs(struct samples *samples, int64_t count, float *inputs)
{
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t k = 0; k < count && status == CNNVIZ_OK; k++) {
		status = samples->make(samples, samples->taken + k,
				samples->weighted ? samples->weights + k * samples->size
						  : NULL,
				inputs + k * samples->size);
	}
	return status;
}

/** Run the next count samples of item n; targets and streams are scratch arrays */
static cnnviz_status run_samples(struct samples *samples, uint32_t n, int64_t count,
		int64_t *targets, uint64_t *streams)
{
	const cnnviz_host *host = samples->host;
	const int64_t *shape = host->tensor->shape(samples->batch->inputs);
	const cnnviz_tensor *maps = NULL;
	cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)count,
		.targets = targets,
		.streams = streams,
	};
	cnnviz_tensor *inputs = NULL;
	cnnviz_status status = host->tensor->create(samples->job, 4,
			(const int64_t[]){ count, shape[1], shape[2], shape[3] },
			&inputs);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t k = 0; k < count; k++) {
		targets[k] = samples->batch->targets[n];
		/* Different for each sample, so that a base with random numbers of its
		 * own draws new ones */
		streams[k] = samples->batch->streams[n]
				+ ((uint64_t)(samples->taken + k + 1) << 32);
	}
	status = make_inputs(samples, count, host->tensor->mutable_data(inputs));
	batch.inputs = inputs;
	if (status == CNNVIZ_OK) {
		status = host->attribution->run(samples->job, "base", &batch, &maps);
	}
	if (status == CNNVIZ_OK) {
		status = add_maps(samples, maps);
	}
	host->tensor->unref(inputs);
	return status;
}

static cnnviz_status run_all(struct samples *samples, uint32_t n)
{
	const cnnviz_host *host = samples->host;
	int64_t *targets = calloc((size_t)samples->together, sizeof(*targets));
	uint64_t *streams = calloc((size_t)samples->together, sizeof(*streams));
	bool enough = targets != NULL && streams != NULL;

	if (samples->weighted) {
		samples->weights = calloc((size_t)(samples->together * samples->size),
				sizeof(float));
		enough = enough && samples->weights != NULL;
	}
	cnnviz_status status = enough
			? CNNVIZ_OK
			: host->fail(samples->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for %lld samples at once",
					(long long)samples->together);

	while (samples->taken < samples->count && status == CNNVIZ_OK) {
		int64_t left = samples->count - samples->taken;

		status = host->canceled(samples->job)
				? CNNVIZ_ERROR_CANCELED
				: run_samples(samples, n,
						left < samples->together
								? left
								: samples->together,
						targets, streams);
		host->progress(samples->job,
				(uint64_t)(n * samples->count + samples->taken),
				(uint64_t)(samples->batch->count * samples->count));
	}
	free(samples->weights);
	samples->weights = NULL;
	free(targets);
	free(streams);
	return status;
}

static cnnviz_status run_item(struct samples *samples, uint32_t n)
{
	const cnnviz_tensor_api *tensor = samples->host->tensor;

	samples->taken = 0;
	for (int64_t i = 0; i < samples->map_size; i++) {
		samples->sums[0][i] = samples->sums[1][i] = 0;
	}
	cnnviz_status status = samples->begin(samples, n,
			tensor->data(samples->batch->inputs) + n * samples->size);

	if (status == CNNVIZ_OK) {
		status = run_all(samples, n);
	}
	if (status == CNNVIZ_OK) {
		status = samples->finish(samples, n,
				tensor->mutable_data(samples->result)
						+ n * samples->map_size);
	}
	samples->end(samples);
	return status;
}

cnnviz_status samples_run(struct samples *samples, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = samples->host->tensor;
	cnnviz_status status = CNNVIZ_OK;

	samples->size = tensor->count(samples->batch->inputs) / samples->batch->count;
	for (uint32_t n = 0; n < samples->batch->count && status == CNNVIZ_OK; n++) {
		status = run_item(samples, n);
	}
	free(samples->sums[0]);
	free(samples->sums[1]);
	if (status != CNNVIZ_OK) {
		tensor->unref(samples->result);
		return status;
	}
	*maps = samples->result;
	return CNNVIZ_OK;
}

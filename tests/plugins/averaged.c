/*
 * An attribution with another one as its base: the mean of its maps over noisy copies
 * of each input, requested with this plugin's own batches.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "job whose maps are averaged" },
	{ "samples", CNNVIZ_PARAMETER_INT, .default_value = "2", .minimum = 1,
			.maximum = 100, .summary = "noisy copies of each input" },
	{ "noise_level", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 10, .summary = "deviation of the noise" },
};

/** inputs + noise, where item n's noise comes from stream n alone */
static cnnviz_status add_noise(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_random *const *randoms,
		cnnviz_tensor *noisy)
{
	float level = (float)host->parameter->real(job, "noise_level");
	int64_t size = host->tensor->count(noisy) / batch->count;

	for (uint32_t n = 0; n < batch->count; n++) {
		const float *from = host->tensor->data(batch->inputs) + n * size;
		float *to = host->tensor->mutable_data(noisy) + n * size;

		host->random->normal(randoms[n], 0, level, size, to);
		for (int64_t i = 0; i < size; i++) {
			to[i] += from[i];
		}
	}
	return host->canceled(job) ? CNNVIZ_ERROR_CANCELED : CNNVIZ_OK;
}

/** Add maps / samples to the mean, which the first call creates. */
static cnnviz_status accumulate(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *maps, int64_t samples, cnnviz_tensor **mean)
{
	cnnviz_status status = *mean != NULL
			? CNNVIZ_OK
			: host->tensor->create(job, 4, host->tensor->shape(maps), mean);

	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(maps); i++) {
		host->tensor->mutable_data(*mean)[i] += host->tensor->data(maps)[i]
				/ (float)samples;
	}
	return status;
}

static cnnviz_status average(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_random *const *randoms,
		cnnviz_tensor **mean)
{
	int64_t samples = host->parameter->integer(job, "samples");
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t i = 0; i < samples && status == CNNVIZ_OK; i++) {
		cnnviz_batch noisy = *batch;
		const cnnviz_tensor *maps = NULL;
		cnnviz_tensor *inputs = NULL;

		status = host->tensor->create(job, 4, host->tensor->shape(batch->inputs),
				&inputs);
		noisy.inputs = inputs;
		if (status == CNNVIZ_OK) {
			status = add_noise(host, job, batch, randoms, inputs);
		}
		if (status == CNNVIZ_OK) {
			status = host->attribution->run(job, "base", &noisy, &maps);
		}
		if (status == CNNVIZ_OK) {
			status = accumulate(host, job, maps, samples, mean);
		}
		host->tensor->unref(inputs);
		host->progress(job, (uint64_t)i + 1, (uint64_t)samples);
	}
	return status;
}

#define BATCH_MAX 64

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	cnnviz_random *randoms[BATCH_MAX] = { NULL };
	cnnviz_tensor *mean = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (batch->count > BATCH_MAX) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"at most %d inputs can be treated together", BATCH_MAX);
	}
	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		status = host->random->create(job, batch->streams[n], &randoms[n]);
	}
	if (status == CNNVIZ_OK) {
		status = average(host, job, batch, randoms, &mean);
	}
	for (uint32_t n = 0; n < batch->count; n++) {
		host->random->unref(randoms[n]);
	}
	if (status != CNNVIZ_OK) {
		host->tensor->unref(mean);
		return status;
	}
	*maps = mean;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("averaged", "1.0"),
	.summary = "Mean of another job's maps over noisy inputs",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

/*
 * A general technique that runs once, without a picture: a card of uniform noise, with
 * progress and cancellation.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "size",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "16",
			.minimum = 1,
			.maximum = 4096,
			.unit = "pixels",
			.summary = "width and height of the card",
	},
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "card", .type = CNNVIZ_ARTIFACT_IMAGE, .summary = "gray noise" },
	{ .name = "mean", .type = CNNVIZ_ARTIFACT_FIGURE, .summary = "its mean" },
};

/** Fills the card row by row; returns the mean of it. */
static cnnviz_status fill(const cnnviz_host *host, cnnviz_job *job, int64_t size,
		float *card, double *mean)
{
	cnnviz_random *random = host->random->create(job, 0);
	cnnviz_status status = CNNVIZ_OK;

	if (random == NULL) {
		return CNNVIZ_ERROR_MEMORY;
	}
	*mean = 0;
	for (int64_t y = 0; y < size && status == CNNVIZ_OK; y++) {
		float *row = card + y * size;

		host->random->uniform(random, 0, 1, size, row);
		for (int64_t x = 0; x < size; x++) {
			*mean += row[x] / (double)(size * size);
		}
		host->progress(job, (uint64_t)y + 1, (uint64_t)size);
		status = host->canceled(job) ? CNNVIZ_ERROR_CANCELED : CNNVIZ_OK;
	}
	host->random->unref(random);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int64_t size = host->parameter->integer(job, "size");
	double mean;

	if (batch != NULL) {
		return host->fail(job, CNNVIZ_ERROR_PLUGIN, "a picture came unasked");
	}
	cnnviz_tensor *card = host->tensor->create(3, (const int64_t[]){ 1, size, size });

	if (card == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	cnnviz_status status = fill(host, job, size, host->tensor->mutable_data(card),
			&mean);

	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "card", card);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->figure(job, "mean", mean);
	}
	host->tensor->unref(card);
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "noise_card",
	.version = "1.0",
	.summary = "A card of gray noise",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(artifacts[0]),
	.artifact_size = sizeof(cnnviz_artifact),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

/*
 * A general technique that runs once, without a picture: a card of uniform noise, with
 * progress and cancellation.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "size", CNNVIZ_PARAMETER_INT, .default_value = "16", .minimum = 1,
			.maximum = 4096, .unit = "pixels",
			.summary = "width and height of the card" },
};

static const cnnviz_artifact artifacts[] = {
	{ "card", CNNVIZ_ARTIFACT_IMAGE, .summary = "gray noise" },
	{ "mean", CNNVIZ_ARTIFACT_SCALAR, .summary = "its mean" },
};

/** Fills the card row by row; returns the mean of it. */
static cnnviz_status fill(const cnnviz_host *host, cnnviz_job *job, int64_t size,
		float *card, double *mean)
{
	cnnviz_random *random = NULL;
	cnnviz_status status = host->random->create(job, 0, &random);

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
	cnnviz_tensor *card = NULL;
	cnnviz_status status = host->tensor->create(job, 3,
			(const int64_t[]){ 1, size, size }, &card);

	if (status == CNNVIZ_OK) {
		status = fill(host, job, size, host->tensor->mutable_data(card), &mean);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "card", NULL, card, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "mean", NULL, mean);
	}
	host->tensor->unref(card);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("noise_card", "1.0"),
	.summary = "A card of gray noise",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

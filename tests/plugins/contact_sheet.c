/*
 * A general technique that runs once for each picture: the picture beside a small and a
 * noisy copy. Uses the services for pictures, random numbers and artifacts.
 */
#include <string.h>

#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "noise_level", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.1", .minimum = 0,
			.maximum = 1, .unit = "fraction of the range of pixel values",
			.summary = "deviation of the noise" },
};

static const cnnviz_artifact artifacts[] = {
	{ "sheet", CNNVIZ_ARTIFACT_IMAGE, .summary = "the pictures" },
	{ "noise", CNNVIZ_ARTIFACT_ARRAY, .summary = "what was added" },
	{ "mean", CNNVIZ_ARTIFACT_SCALAR, .summary = "mean pixel value" },
};

static double mean(const cnnviz_host *host, const cnnviz_tensor *tensor)
{
	const float *data = host->tensor->data(tensor);
	double sum = 0;

	for (int64_t i = 0; i < host->tensor->count(tensor); i++) {
		sum += data[i];
	}
	return sum / (double)host->tensor->count(tensor);
}

/** Noise of the picture's shape, from the picture's own stream */
static cnnviz_status make_noise(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **noise)
{
	const cnnviz_tensor *input = batch->inputs;
	float level = (float)host->parameter->real(job, "noise_level");
	cnnviz_random *random = NULL;
	cnnviz_status status = host->random->create(job, batch->streams[0], &random);

	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 4, host->tensor->shape(input), noise);
	}
	if (status == CNNVIZ_OK) {
		host->random->normal(random, 0, level, host->tensor->count(*noise),
				host->tensor->mutable_data(*noise));
	}
	host->random->unref(random);
	return status;
}

/** picture + noise, clipped to 0..1, into noise's own memory */
static void add(const cnnviz_host *host, const cnnviz_tensor *picture,
		cnnviz_tensor *noise)
{
	const float *a = host->tensor->data(picture);
	float *b = host->tensor->mutable_data(noise);

	for (int64_t i = 0; i < host->tensor->count(noise); i++) {
		b[i] += a[i];
		b[i] = b[i] < 0 ? 0 : b[i] > 1 ? 1 : b[i];
	}
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	cnnviz_tensor *picture = NULL;
	cnnviz_tensor *small = NULL;
	cnnviz_tensor *noise = NULL;
	cnnviz_status status = host->image->denormalize(job, batch->inputs, &picture);

	if (status != CNNVIZ_OK
			|| (status = host->artifact->image(job, "sheet", NULL, picture,
					    0))
					!= CNNVIZ_OK
			|| (status = host->artifact->scalar(job, "mean", NULL,
					    mean(host, picture)))
					!= CNNVIZ_OK
			|| (status = host->image->resize(job, picture, (shape[2] + 1) / 2,
					    (shape[3] + 1) / 2, CNNVIZ_FILTER_BILINEAR,
					    &small))
					!= CNNVIZ_OK
			|| (status = host->artifact->image(job, "sheet", "small", small,
					    0))
					!= CNNVIZ_OK
			|| (status = make_noise(host, job, batch, &noise)) != CNNVIZ_OK
			|| (status = host->artifact->array(job, "noise", NULL, noise, 0))
					!= CNNVIZ_OK) {
		goto done;
	}
	add(host, picture, noise);
	status = host->artifact->image(job, "sheet", "noisy", noise, 0);

done:
	host->tensor->unref(picture);
	host->tensor->unref(small);
	host->tensor->unref(noise);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("contact_sheet", "1.0"),
	.summary = "The picture, a small copy and a noisy one",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

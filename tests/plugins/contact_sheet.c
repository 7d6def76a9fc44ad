/*
 * A general technique that runs once for each picture: the picture beside a small and a
 * noisy copy. Uses the services for pictures, random numbers and artifacts.
 */
#include <string.h>

#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "noise_level",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.1",
			.minimum = 0,
			.maximum = 1,
			.unit = "fraction of the range of pixel values",
			.summary = "deviation of the noise",
	},
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "sheet", .type = CNNVIZ_ARTIFACT_IMAGE, .summary = "the pictures" },
	{ .name = "noise", .type = CNNVIZ_ARTIFACT_ARRAY, .summary = "what was added" },
	{ .name = "mean", .type = CNNVIZ_ARTIFACT_FIGURE, .summary = "mean pixel value" },
};

/** Item 0 of (1,C,H,W) as (C,H,W) */
static cnnviz_tensor *without_batch(const cnnviz_host *host, const cnnviz_tensor *tensor)
{
	cnnviz_tensor *item = host->tensor->create(3, host->tensor->shape(tensor) + 1);

	if (item != NULL) {
		memcpy(host->tensor->mutable_data(item), host->tensor->data(tensor),
				(size_t)host->tensor->count(item) * sizeof(float));
	}
	return item;
}

static cnnviz_status emit(const cnnviz_host *host, cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor)
{
	cnnviz_tensor *item = without_batch(host, tensor);

	if (item == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	cnnviz_status status = strcmp(name, "noise") == 0
			? host->artifact->array(job, name, item)
			: host->artifact->image(job, name, item);

	host->tensor->unref(item);
	return status;
}

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
	cnnviz_random *random = host->random->create(job, batch->streams[0]);

	if (random == NULL) {
		return CNNVIZ_ERROR_MEMORY;
	}
	cnnviz_tensor *made = host->tensor->create(host->tensor->rank(input),
			host->tensor->shape(input));

	if (made != NULL) {
		host->random->normal(random, 0, level, host->tensor->count(made),
				host->tensor->mutable_data(made));
		*noise = made;
	}
	host->random->unref(random);
	return made != NULL ? CNNVIZ_OK
			    : host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
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
			|| (status = emit(host, job, "sheet", picture)) != CNNVIZ_OK
			|| (status = host->artifact->figure(job, "mean",
					    mean(host, picture)))
					!= CNNVIZ_OK
			|| (status = host->image->resize(job, picture, (shape[2] + 1) / 2,
					    (shape[3] + 1) / 2, CNNVIZ_FILTER_BILINEAR,
					    &small))
					!= CNNVIZ_OK
			|| (status = emit(host, job, "sheet-small", small)) != CNNVIZ_OK
			|| (status = make_noise(host, job, batch, &noise)) != CNNVIZ_OK
			|| (status = emit(host, job, "noise", noise)) != CNNVIZ_OK) {
		goto done;
	}
	add(host, picture, noise);
	status = emit(host, job, "sheet-noisy", noise);

done:
	host->tensor->unref(picture);
	host->tensor->unref(small);
	host->tensor->unref(noise);
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "contact_sheet",
	.version = "1.0",
	.summary = "The picture, a small copy and a noisy one",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(artifacts[0]),
	.artifact_size = sizeof(cnnviz_artifact),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

/*
 * Emits the results of the picture services: the run's picture at its own size, a file
 * given by a parameter, and the colors of classes.
 */
#include <cnnviz/cnnviz.h>

#define COLORS 300

static const char *const edges[] = { "repeat", "mirror", NULL };

static const cnnviz_parameter parameters[] = {
	{ "picture", CNNVIZ_PARAMETER_PATH, .summary = "a picture to read" },
	{ "fit", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether it is resized as those of [input]" },
	{ "blur", CNNVIZ_PARAMETER_FLOAT, .minimum = 0, .maximum = 1e6,
			.summary = "deviation of a blur of the original" },
	{ "edge", CNNVIZ_PARAMETER_ENUM, .default_value = "repeat", .choices = edges,
			.summary = "what lies beyond the picture's edge" },
	{ "item", CNNVIZ_PARAMETER_INT, .default_value = "0", .minimum = 0, .maximum = 9,
			.summary = "which original of the batch is asked for" },
};

static const cnnviz_artifact artifacts[] = {
	{ "original", CNNVIZ_ARTIFACT_ARRAY, .summary = "the picture at its own size" },
	{ "read", CNNVIZ_ARTIFACT_ARRAY, .summary = "the picture among the parameters" },
	{ "blurred", CNNVIZ_ARTIFACT_ARRAY, .summary = "the original, blurred" },
	{ "colors", CNNVIZ_ARTIFACT_ARRAY, .summary = "0xRRGGBB of the first classes" },
};

static cnnviz_status keep(const cnnviz_host *host, cnnviz_job *job, const char *name,
		cnnviz_status status, cnnviz_tensor *array)
{
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, name, NULL, array, CNNVIZ_WHOLE);
	}
	host->tensor->unref(array);
	return status;
}

static cnnviz_status keep_colors(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_tensor *colors = NULL;
	cnnviz_status status = host->tensor->create(job, 1, (const int64_t[]){ COLORS },
			&colors);

	for (int64_t i = 0; i < COLORS && status == CNNVIZ_OK; i++) {
		host->tensor->mutable_data(colors)[i] =
				(float)host->image->class_color(job, i);
	}
	return keep(host, job, "colors", status, colors);
}

static cnnviz_status keep_blurred(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *original)
{
	cnnviz_tensor *blurred = NULL;
	cnnviz_status status = host->image->blur(job, original,
			host->parameter->real(job, "blur"),
			(uint32_t)host->parameter->integer(job, "edge"), &blurred);

	return keep(host, job, "blurred", status, blurred);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_tensor *original = NULL, *read = NULL;
	cnnviz_status status = host->image->original(job,
			(uint32_t)host->parameter->integer(job, "item"), &original);

	(void)batch;
	if (status == CNNVIZ_OK && host->parameter->is_set(job, "blur")) {
		status = keep_blurred(host, job, original);
	}
	status = keep(host, job, "original", status, original);
	if (status == CNNVIZ_OK && host->parameter->is_set(job, "picture")) {
		status = host->image->read(job, host->parameter->text(job, "picture"),
				host->parameter->boolean(job, "fit"), &read);
		status = keep(host, job, "read", status, read);
	}
	return status == CNNVIZ_OK ? keep_colors(host, job) : status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("picturing", "1.0"),
	.summary = "Hands out pictures as arrays",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

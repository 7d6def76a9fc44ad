/*
 * Emits the results of the picture services: the run's picture at its own size, a file
 * given by a parameter, and the colors of classes.
 */
#include <cnnviz/cnnviz.h>

#define COLORS 300

static const cnnviz_parameter parameters[] = {
	{
			.name = "picture",
			.type = CNNVIZ_PARAMETER_PATH,
			.summary = "a picture to read",
	},
	{
			.name = "fit",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether it is resized as those of [input]",
	},
	{
			.name = "item",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "0",
			.minimum = 0,
			.maximum = 9,
			.summary = "which original of the batch is asked for",
	},
};

static const cnnviz_artifact artifacts[] = {
	{
			.name = "original",
			.type = CNNVIZ_ARTIFACT_ARRAY,
			.summary = "the picture at its own size",
	},
	{
			.name = "read",
			.type = CNNVIZ_ARTIFACT_ARRAY,
			.summary = "the picture among the parameters",
	},
	{
			.name = "colors",
			.type = CNNVIZ_ARTIFACT_ARRAY,
			.summary = "0xRRGGBB of the first classes",
	},
};

static cnnviz_status keep(const cnnviz_host *host, cnnviz_job *job, const char *name,
		cnnviz_status status, cnnviz_tensor *array)
{
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, name, array);
	}
	host->tensor->unref(array);
	return status;
}

static cnnviz_status keep_colors(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_tensor *colors = host->tensor->create(1, (const int64_t[]){ COLORS });
	float *data = host->tensor->mutable_data(colors);

	for (int64_t i = 0; i < COLORS; i++) {
		data[i] = (float)host->image->class_color(job, i);
	}
	return keep(host, job, "colors", CNNVIZ_OK, colors);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_tensor *original = NULL, *read = NULL;
	cnnviz_status status = host->image->original(job,
			(uint32_t)host->parameter->integer(job, "item"), &original);

	(void)batch;
	status = keep(host, job, "original", status, original);
	if (status == CNNVIZ_OK && host->parameter->is_set(job, "picture")) {
		status = host->image->read(job, host->parameter->text(job, "picture"),
				host->parameter->boolean(job, "fit"), &read);
		status = keep(host, job, "read", status, read);
	}
	return status == CNNVIZ_OK ? keep_colors(host, job) : status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "picturing",
	.version = "1.0",
	.summary = "Hands out pictures as arrays",
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

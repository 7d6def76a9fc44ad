/*
 * A segmenting technique with a known mask: the left half of the picture, or none. It
 * also emits an artifact of every other type.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "forgetful",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether the mask is left out",
	},
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "mask", .type = CNNVIZ_ARTIFACT_IMAGE, .summary = "the left half" },
	{ .name = "rest",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the same once more" },
	{ .name = "array", .type = CNNVIZ_ARTIFACT_ARRAY, .summary = "and once more" },
	{ .name = "share", .type = CNNVIZ_ARTIFACT_FIGURE, .summary = "a half" },
};

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	cnnviz_tensor *mask = host->tensor->create(3,
			(const int64_t[]){ 1, shape[2], shape[3] });
	cnnviz_status status = CNNVIZ_OK;

	if (mask == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	for (int64_t i = 0; i < shape[2] * shape[3]; i++) {
		host->tensor->mutable_data(mask)[i] = i % shape[3] < shape[3] / 2;
	}
	if (!host->parameter->boolean(job, "forgetful")) {
		status = host->artifact->image(job, "mask", mask);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "rest", mask);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "array", mask);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->figure(job, "share", 0.5);
	}
	host->tensor->unref(mask);
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "left_half",
	.version = "1.0",
	.summary = "The left half of every picture",
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

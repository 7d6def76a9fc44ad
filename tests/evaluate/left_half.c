/*
 * A segmenting technique with a known mask: the left half of the picture, or none. It
 * also emits an artifact of every other type.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "forgetful", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether the mask is left out" },
};

static const cnnviz_artifact artifacts[] = {
	{ "mask", CNNVIZ_ARTIFACT_IMAGE, .summary = "the left half" },
	{ "rest", CNNVIZ_ARTIFACT_IMAGE, .summary = "the same once more" },
	{ "array", CNNVIZ_ARTIFACT_ARRAY, .summary = "and once more" },
	{ "share", CNNVIZ_ARTIFACT_SCALAR, .summary = "a half" },
};

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	cnnviz_tensor *mask = NULL;
	cnnviz_status status = host->tensor->create(job, 3,
			(const int64_t[]){ 1, shape[2], shape[3] }, &mask);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < shape[2] * shape[3]; i++) {
		host->tensor->mutable_data(mask)[i] = i % shape[3] < shape[3] / 2;
	}
	if (!host->parameter->boolean(job, "forgetful")) {
		status = host->artifact->image(job, "mask", NULL, mask, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "rest", NULL, mask, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "array", NULL, mask, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "share", NULL, 0.5);
	}
	host->tensor->unref(mask);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("left_half", "1.0"),
	.summary = "The left half of every picture",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

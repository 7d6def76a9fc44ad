/*
 * An attribution that gives a picture, arrays and a label map of its own beside each map: the
 * input's channels, and where they are bright. A parameter makes it fail on one picture.
 */
#include <stdint.h>
#include <stdio.h>

#include <cnnviz/cnnviz.h>

static const char *const ways[] = { "well", "fail", "twice", "whole", "shape",
	"undeclared", NULL };
enum { WELL, FAIL, TWICE, WHOLE, SHAPE, UNDECLARED };

static const cnnviz_parameter parameters[] = {
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "well", .choices = ways,
			.summary = "what it does" },
};

static const cnnviz_artifact artifacts[] = {
	{ "red", CNNVIZ_ARTIFACT_IMAGE, .summary = "the red channel as a picture" },
	{ "channel", CNNVIZ_ARTIFACT_ARRAY, .summary = "a channel" },
	{ "bright", CNNVIZ_ARTIFACT_LABELS,
			.summary = "1 where red is above its middle" },
};

/** (N,1,H,W) of a channel, as it is, between 0 and 1, or as labels */
static cnnviz_status take_channel(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs, int64_t channel, const char *as,
		cnnviz_tensor **taken)
{
	const int64_t *shape = host->tensor->shape(inputs);
	const int64_t own[] = { shape[0], 1, shape[2], shape[3] };
	int64_t area = shape[2] * shape[3];
	cnnviz_status status = host->tensor->create(job, 4, own, taken);

	for (int64_t i = 0; status == CNNVIZ_OK && i < shape[0] * area; i++) {
		float value = host->tensor->data(inputs)[i / area * shape[1] * area
				+ channel * area + i % area];

		host->tensor->mutable_data(*taken)[i] = as[0] == 'v' ? value
				: as[0] == 'p'                       ? 0.5F + value / 4
				: value > 0                          ? 1
								     : 0;
	}
	return status;
}

static cnnviz_status give_one(const cnnviz_host *host, cnnviz_job *job, int64_t how,
		uint32_t n, cnnviz_tensor *const parts[4])
{
	const cnnviz_artifact_api *artifact = host->artifact;
	cnnviz_status status = artifact->image(job, "red", NULL, parts[2],
			how == WHOLE ? CNNVIZ_WHOLE : n);

	if (status == CNNVIZ_OK) {
		status = artifact->labels(job, "bright", NULL, parts[3], n);
	}
	for (int c = 0; c < 2 && status == CNNVIZ_OK; c++) {
		status = artifact->array(job, how == UNDECLARED ? "other" : "channel",
				how == TWICE             ? "red"
						: c == 0 ? "red"
							 : "green",
				parts[c], n);
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t how = host->parameter->integer(job, "how");
	cnnviz_tensor *parts[4] = { NULL };
	cnnviz_status status = take_channel(host, job, batch->inputs, 0, "values",
			&parts[0]);

	if (status == CNNVIZ_OK) {
		status = take_channel(host, job, batch->inputs, 1, "values", &parts[1]);
	}
	if (status == CNNVIZ_OK) {
		status = take_channel(host, job, batch->inputs, 0, "picture", &parts[2]);
	}
	if (status == CNNVIZ_OK) {
		status = take_channel(host, job, batch->inputs, 0, "labels", &parts[3]);
	}
	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		status = give_one(host, job, how, n, parts);
		/* After some of a batch have been given theirs */
		if (status == CNNVIZ_OK && how == FAIL && batch->streams[n] % 3 == 1) {
			status = host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"not this picture");
		}
	}
	if (status == CNNVIZ_OK) {
		*maps = how == SHAPE ? parts[0] : parts[3];
		parts[how == SHAPE ? 0 : 3] = NULL;
	}
	for (int i = 0; i < 4; i++) {
		host->tensor->unref(parts[i]);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("parting", "1.0"),
	.summary = "where an input is bright, with its channels",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

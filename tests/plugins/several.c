/**
 * \file    plugins/several.c
 * \brief   Two techniques in one file: the input's first channel, and a number
 *
 * SEVERAL_LIST may be another list, and with SEVERAL_BOTH there is the other entry too.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_artifact artifacts[] = {
	{ "value", CNNVIZ_ARTIFACT_SCALAR, 0, "the number" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t area = shape[2] * shape[3];
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] }, maps);

	for (int64_t i = 0; status == CNNVIZ_OK && i < shape[0] * area; i++) {
		host->tensor->mutable_data(*maps)[i] = host->tensor->data(
				batch->inputs)[i / area * shape[1] * area + i % area];
	}
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)batch;
	return host->artifact->scalar(job, "value", NULL, 0.5);
}

static const cnnviz_technique first_channel = {
	CNNVIZ_ATTRIBUTION("first_channel", "1.0"),
	.summary = "The input's first channel",
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

static const cnnviz_technique a_number = {
	CNNVIZ_GENERAL("a_number", "2.0"),
	.summary = "A number",
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

#ifndef SEVERAL_LIST
#define SEVERAL_LIST &first_channel, &a_number
#endif

CNNVIZ_PLUGINS(SEVERAL_LIST)

#ifdef SEVERAL_BOTH
CNNVIZ_PLUGIN(a_number)
#endif

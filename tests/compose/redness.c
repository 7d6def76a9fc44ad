/*
 * A third-party attribution, as a base for other techniques: how much redder than green
 * each pixel is, or 1 everywhere with `flat`. Does not use the network.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "flat", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether the map is the same everywhere" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t pixels = shape[2] * shape[3];
	bool flat = host->parameter->boolean(job, "flat");
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] }, maps);

	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		const float *red = host->tensor->data(batch->inputs) + n * 3 * pixels;
		float *map = host->tensor->mutable_data(*maps) + n * pixels;

		for (int64_t i = 0; i < pixels; i++) {
			float more = red[i] - red[i + pixels];

			map[i] = flat ? 1 : more > 0 ? more : 0;
		}
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("redness", "1.0"),
	.summary = "How red the picture is",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

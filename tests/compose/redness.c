/*
 * A third-party attribution, as a base for other techniques: how much redder than green
 * each pixel is, or 1 everywhere with `flat`. Does not use the network.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "flat",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether the map is the same everywhere",
	},
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t pixels = shape[2] * shape[3];
	bool flat = host->parameter->boolean(job, "flat");
	cnnviz_tensor *made = host->tensor->create(4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] });

	if (made == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	for (int64_t n = 0; n < shape[0]; n++) {
		const float *red = host->tensor->data(batch->inputs) + n * 3 * pixels;
		float *map = host->tensor->mutable_data(made) + n * pixels;

		for (int64_t i = 0; i < pixels; i++) {
			float more = red[i] - red[i + pixels];

			map[i] = flat ? 1 : more > 0 ? more : 0;
		}
	}
	*maps = made;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "redness",
	.version = "1.0",
	.summary = "How red the picture is",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

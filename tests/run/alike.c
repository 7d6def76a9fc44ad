/*
 * An attribution that returns another job's maps unchanged.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "times",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "1",
			.minimum = 0,
			.maximum = 9,
			.summary = "factor of the maps",
	},
	{
			.name = "base",
			.type = CNNVIZ_PARAMETER_JOB,
			.flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "job whose maps are passed on",
	},
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	float times = (float)host->parameter->integer(job, "times");
	const cnnviz_tensor *base;
	cnnviz_status status = host->attribution->run(job, "base", batch, &base);

	if (status != CNNVIZ_OK) {
		return status;
	}
	cnnviz_tensor *result = host->tensor->create(host->tensor->rank(base),
			host->tensor->shape(base));
	if (result == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	for (int64_t i = 0; i < host->tensor->count(base); i++) {
		host->tensor->mutable_data(result)[i] = times
				* host->tensor->data(base)[i];
	}
	*maps = result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "alike",
	.version = "1.0",
	.summary = "Passes on the maps of another job",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.map_style = CNNVIZ_MAP_LIKE_JOB,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

/*
 * An attribution that returns another job's maps unchanged.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "times", CNNVIZ_PARAMETER_INT, .default_value = "1", .minimum = 0, .maximum = 9,
			.summary = "factor of the maps" },
	{ "base", CNNVIZ_PARAMETER_JOB, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "job whose maps are passed on" },
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
	status = host->tensor->create(job, 4, host->tensor->shape(base), maps);
	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(base); i++) {
		host->tensor->mutable_data(*maps)[i] = times
				* host->tensor->data(base)[i];
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("alike", "1.0"),
	.summary = "Passes on the maps of another job",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_LIKE_JOB,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

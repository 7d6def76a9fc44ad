/*
 * A general technique that runs once for each picture and emits the maps of another
 * job: those of the picture's target, and those of a class of its own choice.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "base",
			.type = CNNVIZ_PARAMETER_JOB,
			.flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "job whose maps are kept",
	},
	{
			.name = "other",
			.type = CNNVIZ_PARAMETER_CLASS,
			.summary = "class to ask maps of besides",
	},
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "map", .type = CNNVIZ_ARTIFACT_ARRAY, .summary = "the map" },
};

static cnnviz_status keep(const cnnviz_host *host, cnnviz_job *job, const char *name,
		const cnnviz_batch *batch)
{
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &maps);

	return status == CNNVIZ_OK ? host->artifact->array(job, name, maps) : status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_status status = keep(host, job, "map", batch);

	if (status == CNNVIZ_OK && host->parameter->is_set(job, "other")) {
		int64_t target = host->parameter->integer(job, "other");
		cnnviz_batch changed = *batch;

		changed.targets = &target;
		status = keep(host, job, "map-other", &changed);
	}
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "borrowing",
	.version = "1.0",
	.summary = "Keeps another job's maps",
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

/*
 * A general technique that runs once for each picture and emits the maps of another
 * job: those of the picture's target, and those of a class of its own choice.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "job whose maps are kept" },
	{ "other", CNNVIZ_PARAMETER_CLASS, .summary = "class to ask maps of besides" },
};

static const cnnviz_artifact artifacts[] = {
	{ "map", CNNVIZ_ARTIFACT_ARRAY, .summary = "the map" },
};

static cnnviz_status keep(const cnnviz_host *host, cnnviz_job *job, const char *suffix,
		const cnnviz_batch *batch)
{
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &maps);

	return status == CNNVIZ_OK
			? host->artifact->array(job, "map", suffix, maps, CNNVIZ_WHOLE)
			: status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_status status = keep(host, job, NULL, batch);

	if (status == CNNVIZ_OK && host->parameter->is_set(job, "other")) {
		int64_t target = host->parameter->integer(job, "other");
		cnnviz_batch changed = *batch;

		changed.targets = &target;
		status = keep(host, job, "other", &changed);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("borrowing", "1.0"),
	.summary = "Keeps another job's maps",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

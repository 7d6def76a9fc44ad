/*
 * A plugin that calls an undefined function. It is linked for lazy binding, so that
 * loading fails only in a host that binds immediately.
 */
#include <cnnviz/cnnviz.h>

cnnviz_status function_of_nobody(cnnviz_job *job);

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)host;
	(void)batch;
	return function_of_nobody(job);
}

static const cnnviz_artifact artifacts[] = {
	{ "count", CNNVIZ_ARTIFACT_SCALAR, .summary = "a number" },
};

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("unresolved", "1.0"),
	.summary = "a plugin with an unresolved symbol",
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

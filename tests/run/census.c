/**
 * \file    run/census.c
 * \brief   A technique that runs once, after it has seen all pictures: their number
 */
#include <stdlib.h>

#include <cnnviz/cnnviz.h>

static const cnnviz_artifact artifacts[] = {
	{ "pictures", CNNVIZ_ARTIFACT_SCALAR, 0, "how many pictures it has seen" },
};

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **place)
{
	double *count = calloc(1, sizeof(*count));

	if (count == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	*place = count;
	return CNNVIZ_OK;
}

static void destroy(const cnnviz_host *host, void *place)
{
	(void)host;
	free(place);
}

static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	double *count = host->job_data(job);

	*count += batch->count;
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const double *count = host->job_data(job);

	(void)batch;
	return host->artifact->scalar(job, "pictures", NULL, *count);
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("census", "1.0"),
	.summary = "Counts the pictures",
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.create = create,
	.destroy = destroy,
	.prepare = prepare,
};

CNNVIZ_PLUGIN(technique)

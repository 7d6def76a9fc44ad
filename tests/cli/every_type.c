/**
 * \file    cli/every_type.c
 * \brief   A technique with a parameter of every type, to see each of them checked
 */
#include <cnnviz/cnnviz.h>

static const char *const moods[] = { "calm", "wild", NULL };

static const cnnviz_parameter parameters[] = {
	{
			.name = "steps",
			.type = CNNVIZ_PARAMETER_INT,
			.flags = CNNVIZ_PARAMETER_REQUIRED,
			.minimum = 1,
			.maximum = 100,
			.summary = "how many steps",
	},
	{
			.name = "rate",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.5",
			.minimum = 0,
			.maximum = 1,
			.summary = "how far each step goes",
	},
	{
			.name = "mirror",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether to mirror",
	},
	{
			.name = "mood",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "calm",
			.choices = moods,
			.summary = "how it looks",
	},
	{
			.name = "title",
			.type = CNNVIZ_PARAMETER_STRING,
			.summary = "what it is called",
	},
	{
			.name = "layer",
			.type = CNNVIZ_PARAMETER_LAYER,
			.summary = "where to look",
	},
	{
			.name = "class",
			.type = CNNVIZ_PARAMETER_CLASS,
			.summary = "what to look for",
	},
	{
			.name = "base",
			.type = CNNVIZ_PARAMETER_JOB,
			.summary = "whose maps to take",
	},
	{
			.name = "mask",
			.type = CNNVIZ_PARAMETER_PATH,
			.summary = "where to paint",
	},
	{
			.name = "ink",
			.type = CNNVIZ_PARAMETER_COLOR,
			.default_value = "#102030",
			.summary = "what to paint with",
	},
};

static const cnnviz_artifact artifacts[] = {
	{
			.name = "steps",
			.type = CNNVIZ_ARTIFACT_FIGURE,
			.summary = "the number of steps",
	},
};

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)batch;
	return host->artifact->figure(job, "steps",
			(double)host->parameter->integer(job, "steps"));
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "every_type",
	.version = "1.0",
	.summary = "Takes a parameter of every type",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(*parameters),
	.parameter_size = sizeof(cnnviz_parameter),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(*artifacts),
	.artifact_size = sizeof(cnnviz_artifact),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    cli/every_type.c
 * \brief   A technique with a parameter of every type, to see each of them checked
 */
#include <cnnviz/cnnviz.h>

static const char *const moods[] = { "calm", "wild", NULL };

static const cnnviz_parameter parameters[] = {
	{ "steps", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_REQUIRED, .minimum = 1,
			.maximum = 100, .summary = "how many steps" },
	{ "rate", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.5", .minimum = 0,
			.maximum = 1, .summary = "how far each step goes" },
	{ "mirror", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether to mirror" },
	{ "mood", CNNVIZ_PARAMETER_ENUM, .default_value = "calm", .choices = moods,
			.summary = "how it looks" },
	{ "title", CNNVIZ_PARAMETER_STRING, .summary = "what it is called" },
	{ "layer", CNNVIZ_PARAMETER_LAYER, .summary = "where to look" },
	{ "class", CNNVIZ_PARAMETER_CLASS, .summary = "what to look for" },
	{ "base", CNNVIZ_PARAMETER_JOB, .summary = "whose maps to take" },
	{ "mask", CNNVIZ_PARAMETER_PATH, .summary = "where to paint" },
	{ "ink", CNNVIZ_PARAMETER_COLOR, .default_value = "#102030",
			.summary = "what to paint with" },
};

static const cnnviz_artifact artifacts[] = {
	{ "steps", CNNVIZ_ARTIFACT_SCALAR, .summary = "the number of steps" },
};

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)batch;
	return host->artifact->scalar(job, "steps", NULL,
			(double)host->parameter->integer(job, "steps"));
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("every_type", "1.0"),
	.summary = "Takes a parameter of every type",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)

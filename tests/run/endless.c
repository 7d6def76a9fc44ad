/*
 * An attribution that runs the network in an endless loop without asking canceled():
 * only the passes themselves can end it. It prints a message when it starts.
 */
#include <stdio.h>
#include <unistd.h>

#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "begun", CNNVIZ_PARAMETER_STRING, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "file that is made when it begins" },
	{ "deaf", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "call no service at all" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	FILE *file = fopen(host->parameter->text(job, "begun"), "w");
	cnnviz_status status = CNNVIZ_OK;

	(void)maps;
	if (file != NULL) {
		fclose(file);
	}
	while (host->parameter->boolean(job, "deaf")) {
		sleep(1);
	}
	while (status == CNNVIZ_OK) {
		cnnviz_tensor *gradient = NULL;

		status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
				CNNVIZ_LAYER_INPUT, NULL, &gradient);
		host->tensor->unref(gradient);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("endless", "1.0"),
	.summary = "Never comes to an end",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

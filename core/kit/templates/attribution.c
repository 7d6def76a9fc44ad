/**
 * \file    @NAME@.c
 * \brief   @NAME@: the gradient of the target's logit times the input
 *
 *     map = x * dy/dx
 *
 * where y is the logit of the target class and x the input, by element. A starting
 * point: put your own mathematics, its source and its summary here.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "scale", CNNVIZ_PARAMETER_FLOAT, .default_value = "1", .minimum = 0,
			.maximum = 1000, .summary = "factor of the map" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	double scale = host->parameter->real(job, "scale");
	cnnviz_tensor *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, &gradient);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *x = host->tensor->data(batch->inputs);
	float *map = host->tensor->mutable_data(gradient);

	for (int64_t i = 0; i < host->tensor->count(gradient); i++) {
		map[i] *= (float)scale * x[i];
	}
	*maps = gradient;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("@NAME@", "0.1"),
	.summary = "gradient of the target's logit times the input",
	.description = "Estimates to first order what each pixel contributes to the "
		       "logit of the target class.",
	.reference = "A. Shrikumar et al. 2016, Not Just a Black Box, arXiv:1605.01713",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.asks = CNNVIZ_ASKS_GRADIENTS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

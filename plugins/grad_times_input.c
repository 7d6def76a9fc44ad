/**
 * \file    grad_times_input.c
 * \brief   Gradient times input: a first-order estimate of each value's contribution
 *
 *     a = x * dS_c/dx, by element
 *
 * where x is the normalized input and dS_c/dx the map of the job `base`.
 *
 * A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje: Not Just a Black Box:
 * Learning Important Features Through Propagating Activation Differences. 2016,
 * arXiv:1605.01713, section 3.
 *
 * The values are those of the normalized input, so 0 is the mean of the pictures that
 * the network was trained on. In a network of ReLUs, poolings and layers without
 * biases, the contributions sum to the score S_c exactly.
 */
#include "common/samples.h"

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "attribution job that computes the gradient: its maps "
				   "have the input's shape" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor *gradient = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &gradient);

	if (status == CNNVIZ_OK) {
		status = samples_check_shape(host, job, gradient, batch->inputs);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = host->tensor->create(job, 4, host->tensor->shape(gradient), maps);
	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *x = host->tensor->data(batch->inputs);
	const float *g = host->tensor->data(gradient);
	float *a = host->tensor->mutable_data(*maps);

	for (int64_t i = 0; i < host->tensor->count(*maps); i++) {
		a[i] = x[i] * g[i];
	}
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("grad_times_input", "1.0"),
	.summary = "Gradient times input: what each input value contributes, to first "
		   "order",
	.description = "Multiplies the gradient that the job `base` computes by the "
		       "normalized input. In a network without biases the map sums to "
		       "the class score.",
	.reference = "Shrikumar et al. 2016, Not Just a Black Box, arXiv:1605.01713, "
		     "section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.asks = CNNVIZ_ASKS_MAPS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

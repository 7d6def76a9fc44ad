/**
 * \file    grad_times_input.c
 * \brief   Gradient times input: a first-order estimate of each value's contribution
 *
 *     a = x * dS_c/dx, by element
 *
 * where x is the normalized input and dS_c/dx what the job `base` gives.
 *
 * A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje: Not Just a Black Box:
 * Learning Important Features Through Propagating Activation Differences. 2016,
 * arXiv:1605.01713, section 3.
 *
 * The values are those of the normalized input, so 0 stands for the mean of the
 * pictures that the network was trained on. Of a network of ReLUs, poolings and
 * layers without biases the contributions sum to the score S_c exactly.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{
			.name = "base",
			.type = CNNVIZ_PARAMETER_JOB,
			.default_value = "vanilla_bp",
			.summary = "attribution job that gives the gradient: its maps "
				   "have the input's "
				   "shape",
	},
};

static cnnviz_status check_shape(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *gradient, const cnnviz_tensor *input)
{
	const int64_t *found = host->tensor->shape(gradient);
	const int64_t *wanted = host->tensor->shape(input);

	if (found[1] == wanted[1] && found[2] == wanted[2] && found[3] == wanted[3]) {
		return CNNVIZ_OK;
	}
	return host->fail(job, CNNVIZ_ERROR_INPUT,
			"the maps of the job \"%s\" have the shape (%lld,%lld,%lld) and "
			"the "
			"input (%lld,%lld,%lld); `base` needs a job that gives gradients "
			"of "
			"the input, such as vanilla_bp",
			host->parameter->text(job, "base"), (long long)found[1],
			(long long)found[2], (long long)found[3], (long long)wanted[1],
			(long long)wanted[2], (long long)wanted[3]);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor *gradient = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &gradient);

	if (status == CNNVIZ_OK) {
		status = check_shape(host, job, gradient, batch->inputs);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	cnnviz_tensor *result = host->tensor->create(4, host->tensor->shape(gradient));

	if (result == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY,
				"memory is short for the maps");
	}
	const float *x = host->tensor->data(batch->inputs);
	const float *g = host->tensor->data(gradient);
	float *a = host->tensor->mutable_data(result);

	for (int64_t i = 0; i < host->tensor->count(result); i++) {
		a[i] = x[i] * g[i];
	}
	*maps = result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "grad_times_input",
	.version = "1.0",
	.summary = "Gradient times input: what each input value contributes, to first "
		   "order",
	.description = "Multiplies the gradient that the job `base` gives by the "
		       "normalized "
		       "input. In a network without biases the map sums to the class "
		       "score.",
	.reference = "Shrikumar et al. 2016, Not Just a Black Box, arXiv:1605.01713, "
		     "section 3",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

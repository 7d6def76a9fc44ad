/* grad_times_input: the gradient of the target's logit times the input, a first
 * order estimate of what each pixel contributes (Shrikumar et al. 2016, 1605.01713).
 *
 * cc -shared -fPIC $(pkg-config --cflags cnnviz) -o grad_times_input.so grad_times_input.c
 */
#include <cnnviz/cnnviz.h>

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	cnnviz_tensor *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, &gradient);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *x = host->tensor->data(batch->inputs);
	float *g = host->tensor->mutable_data(gradient);
	for (int64_t i = 0; i < host->tensor->count(gradient); i++) {
		g[i] *= x[i];
	}
	*maps = gradient;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "grad_times_input",
	.version = "1.0",
	.summary = "gradient of the target's logit times the input",
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

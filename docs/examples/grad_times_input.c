/* grad_times_input: the gradient of the target's logit times the input, a first
 * order estimate of what each pixel contributes (Shrikumar et al. 2016, 1605.01713).
 * cc -shared -fPIC $(pkg-config --cflags cnnviz) -o grad_times_input.so grad_times_input.c
 */
#include <cnnviz/cnnviz.h>

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, maps);

	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(*maps); i++) {
		host->tensor->mutable_data(*maps)[i] *=
				host->tensor->data(batch->inputs)[i];
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("grad_times_input", "1.0"),
	.summary = "gradient of the target's logit times the input",
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)

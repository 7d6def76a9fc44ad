/*
 * An attribution that asks for gradients and writes into all that it gets as its own, or
 * one that goes backward although it has asked for activations alone.
 */
#include <string.h>

#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_conv",
			.summary = "layer to ask for" },
};

#ifdef ASKING_TOO_LITTLE

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	const int32_t input = CNNVIZ_LAYER_INPUT;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &layer, &pass);

	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *seed = host->pass->activation(pass, layer);

		status = host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &layer,
				&seed, 1, &input, maps);
	}
	host->pass->unref(pass);
	return status;
}

#else

static void overwrite(const cnnviz_host *host, cnnviz_tensor *tensor)
{
	memset(host->tensor->mutable_data(tensor), 0,
			(size_t)host->tensor->count(tensor) * sizeof(float));
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	cnnviz_tensor *activation = NULL, *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			layer, &activation, &gradient);

	if (status != CNNVIZ_OK) {
		return status;
	}
	overwrite(host, activation);
	overwrite(host, gradient);
	host->tensor->unref(activation);
	host->tensor->unref(gradient);
	status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, maps);
	if (status == CNNVIZ_OK) {
		overwrite(host, *maps);
	}
	return status;
}

#endif

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION(ASKING_NAME, "1.0"),
	.summary = "Asks for more than it leaves",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.asks = ASKING_ASKS,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    layer_gradient_x_activation.c
 * \brief   Gradient times activation: a first-order estimate of what a layer's values
 *          contribute
 *
 *     a = A * dS_c/dA, by element
 *
 * where A is the activation of the layer and S_c the class score before the softmax.
 *
 * A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje: Not Just a Black Box: Learning
 * Important Features Through Propagating Activation Differences. 2016, arXiv:1605.01713,
 * section 3, at a layer in place of the input, as captum's LayerGradientXActivation.
 *
 * Drawn is the sum over channels: HiResCAM (hires_cam.c) without its ReLU.
 */
#include "common/layer.h"

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("last_features"),
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	cnnviz_tensor *A = NULL, *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			(int32_t)host->parameter->integer(job, "layer"), &A, &gradient);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *values = tensor->data(A);
	float *a = tensor->mutable_data(gradient);

	for (int64_t i = 0; i < tensor->count(gradient); i++) {
		a[i] *= values[i];
	}
	tensor->unref(A);
	*maps = gradient;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("layer_gradient_x_activation", "1.0"),
	.summary = "Gradient times activation: what each value of a layer contributes, "
		   "to "
		   "first order",
	.description = "Multiplies the activation of a layer by its gradient. Drawn is "
		       "the "
		       "sum over channels; above 0 is evidence for the class.",
	.reference = "Shrikumar et al. 2016, Not Just a Black Box, arXiv:1605.01713, "
		     "section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = layer_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

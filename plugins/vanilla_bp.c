/**
 * \file    vanilla_bp.c
 * \brief   Vanilla backpropagation: the gradient of a class score with respect to the
 *          picture
 *
 *     w = d S_c(I) / d I, evaluated at the picture I_0
 *
 * where S_c is the score of class c before the softmax, so that the other
 * classes' scores do not leak into the map.
 *
 * K. Simonyan, A. Vedaldi, A. Zisserman: Deep Inside Convolutional Networks:
 * Visualising Image Classification Models and Saliency Maps. 2013,
 * arXiv:1312.6034, section 3.
 *
 * The paper goes on to draw max_ch |w|, which is the technique `saliency`; this one
 * keeps sign and channels. The gradient is with respect to the normalized input, as the
 * network sees it, and is not rescaled to pixel values. With `layer` it is that with respect
 * to the activation of a layer.
 */
#include "common/layer.h"

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("input"),
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			(int32_t)host->parameter->integer(job, "layer"), NULL, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("vanilla_bp", "1.0"),
	.summary = "Vanilla backpropagation: gradient of the class score with respect to "
		   "the input",
	.description = "Shows how each input value would change the class score if it "
		       "grew slightly: positive values are evidence for the class, "
		       "negative ones against it. Exact, but visually noisy.",
	.reference = "Simonyan, Vedaldi, Zisserman 2013, Deep Inside Convolutional "
		     "Networks, arXiv:1312.6034, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.check = layer_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

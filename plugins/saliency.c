/**
 * \file    saliency.c
 * \brief   Image-specific class saliency: the largest gradient of a pixel
 *
 *     M_ij = max_ch |w_h(i,j,ch)|,    w = d S_c(I) / d I at the picture I_0
 *
 * where S_c is the score of class c before the softmax and h(i,j,ch) the element
 * of w that belongs to color channel ch of pixel (i,j).
 *
 * K. Simonyan, A. Vedaldi, A. Zisserman: Deep Inside Convolutional Networks:
 * Visualising Image Classification Models and Saliency Maps. 2013,
 * arXiv:1312.6034, section 3.1.
 *
 * The maximum over channels is the paper's; the gray pictures of vanilla_bp and
 * guided_bp show the sum over channels, which is a different map. The paper averages
 * over ten crops of a picture; this uses the whole picture. With `layer` the
 * gradient is that with respect to a layer, of the size of its maps.
 */
#include <math.h>

#include "common/layer.h"

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("input"),
};

/** The larger of two values, or NaN if one is NaN, so that a broken network is noticed */
static float larger(float a, float b)
{
	return a >= b || isnan(a) ? a : b;
}

/** M (height*width) from one item of w (channels, height*width) */
static void max_over_channels(const float *w, int64_t channels, int64_t pixels, float *M)
{
	for (int64_t ch = 0; ch < channels; ch++) {
		for (int64_t ij = 0; ij < pixels; ij++) {
			M[ij] = larger(M[ij], fabsf(w[ch * pixels + ij]));
		}
	}
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	cnnviz_tensor *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			(int32_t)host->parameter->integer(job, "layer"), NULL, &gradient);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *shape = tensor->shape(gradient);
	int64_t channels = shape[1], pixels = shape[2] * shape[3];

	status = tensor->create(job, 4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] }, maps);
	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		max_over_channels(tensor->data(gradient) + n * channels * pixels,
				channels, pixels,
				tensor->mutable_data(*maps) + n * pixels);
	}
	tensor->unref(gradient);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("saliency", "1.0"),
	.summary = "Saliency map: largest absolute gradient over a pixel's channels",
	.description = "Shows which pixels need to change least to change the class "
		       "score most, in either direction.",
	.reference = "Simonyan, Vedaldi, Zisserman 2013, Deep Inside Convolutional "
		     "Networks, arXiv:1312.6034, section 3.1",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.check = layer_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

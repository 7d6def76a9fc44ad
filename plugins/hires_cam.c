/**
 * \file    hires_cam.c
 * \brief   HiResCAM: what each place of a layer contributes to the class
 *
 *     L^c = ReLU( sum_k  d y^c / d A^k * A^k ),    * by element
 *
 * in the symbols of grad_cam.c.
 *
 * R. L. Draelos, L. Carin: Use HiResCAM instead of Grad-CAM for faithful explanations of
 * convolutional neural networks. 2020, arXiv:2011.08891, section 3.
 *
 * Grad-CAM averages the gradient over the map first, and so also shows places that the
 * network does not use. Without the ReLU, where only linear layers follow, the values sum
 * to the score minus its bias; the paper draws the positive part, as here.
 */
#include "common/cam.h"

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
};

static void multiply(const struct cam *cam, const struct cam_features *features,
		float *terms)
{
	(void)cam;
	for (int64_t i = 0; i < features->channels * features->positions; i++) {
		terms[i] = features->gradient[i] * features->A[i];
	}
}

static const struct cam_method method = { .multiply = multiply, .gradients = true };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("hires_cam", "1.0"),
	.summary = "HiResCAM: what each place of a layer contributes to the class",
	.description = "Multiplies each value of a layer by its own gradient and adds "
		       "the "
		       "channels. Shows only places that the network uses, where "
		       "Grad-CAM's averaged gradient may show others.",
	.reference = "Draelos, Carin 2020, HiResCAM, arXiv:2011.08891, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

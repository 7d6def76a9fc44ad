/**
 * \file    grad_cam_elementwise.c
 * \brief   Element-wise Grad-CAM: the positive contributions of each place of a layer
 *
 *     L^c = sum_k ReLU( d y^c / d A^k * A^k ),    * by element
 *
 * in the symbols of grad_cam.c.
 *
 * J. Gildenblat: PyTorch library for CAM methods. 2021,
 * https://github.com/jacobgil/pytorch-grad-cam, GradCAMElementWise. There is no paper.
 *
 * HiResCAM (hires_cam.c) takes the positive part after the sum over channels, this before:
 * what speaks against the class at a place takes nothing away from what speaks for it.
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
		float product = features->gradient[i] * features->A[i];

		terms[i] = product < 0 ? 0 : product;
	}
}

static const struct cam_method method = { .multiply = multiply, .gradients = true };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("grad_cam_elementwise", "1.0"),
	.summary = "Element-wise Grad-CAM: the positive contributions of each place of a "
		   "layer",
	.description = "Multiplies each value of a layer by its own gradient and adds "
		       "the "
		       "positive products of all channels. As HiResCAM, but what "
		       "speaks against the class takes nothing away.",
	.reference = "Gildenblat 2021, pytorch-grad-cam, GradCAMElementWise",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

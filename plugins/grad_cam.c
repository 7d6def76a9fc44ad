/**
 * \file    grad_cam.c
 * \brief   Grad-CAM: where a layer's feature maps are evidence for a class
 *
 *     alpha_k^c = 1/Z * sum_i sum_j  d y^c / d A_ij^k
 *     L^c       = ReLU( sum_k alpha_k^c A^k )
 *
 * where y^c is the score of class c before the softmax, A^k feature map k of the layer
 * and Z its number of positions (i,j).
 *
 * R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra:
 * Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
 * Localization. 2016, arXiv:1610.02391, section 3, equations 1 and 2.
 *
 * As in the paper. The map has the layer's own size and scale, and the host enlarges
 * and colors it; common implementations begin the sum at 1 instead of 0 and round to 8
 * bits before enlarging, and so give slightly different pictures. Where the weighted
 * sum is positive nowhere, the map is zero, and a warning says so.
 */
#include "common/cam.h"

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
};

static const struct cam_method method = { .weigh = cam_mean_gradients,
	.gradients = true };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("grad_cam", "1.0"),
	.summary = "Grad-CAM: where a layer's feature maps are evidence for the class",
	.description = "Weights each feature map of a layer by the mean gradient of the "
		       "class score over it, and keeps the positive part of the sum. As "
		       "coarse as the layer, and specific to the class.",
	.reference = "Selvaraju et al. 2016, Grad-CAM, arXiv:1610.02391, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

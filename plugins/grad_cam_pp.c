/**
 * \file    grad_cam_pp.c
 * \brief   Grad-CAM++: Grad-CAM for several objects of a class, and for parts of one
 *
 *     g_ij^k      = d y^c / d A_ij^k
 *     alpha_ij^kc = (g_ij^k)^2 / ( 2 (g_ij^k)^2 + (g_ij^k)^3 sum_ab A_ab^k )
 *     w_k^c       = sum_ij alpha_ij^kc ReLU( g_ij^k )
 *     L^c         = ReLU( sum_k w_k^c A^k )
 *
 * in the symbols of grad_cam.c.
 *
 * A. Chattopadhyay, A. Sarkar, P. Howlader, V. N. Balasubramanian: Grad-CAM++: Improved
 * Visual Explanations for Deep Convolutional Networks. 2017, arXiv:1710.11063, section 3,
 * equations 10 and 19.
 *
 * Equation 19 is for exp(y^c): the factor exp(y^c) of ReLU(d exp(y^c) / dA) in equation 10
 * scales the whole map, and is left out, as everywhere. A denominator of zero gives no
 * weight; pytorch-grad-cam and torch-cam add 1e-6 or so to it, which is not small beside
 * g^2 for small gradients, and changes the map's shape: `epsilon` is for those who compare.
 */
#include "common/cam.h"

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
	{ "epsilon", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 1,
			.summary = "added to the divisor of alpha; 0 as in the paper, "
				   "others have 0.000001" },
};

static cnnviz_status weigh(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	double epsilon = cam->host->parameter->real(cam->job, "epsilon");

	(void)n;
	for (int64_t k = 0; k < features->channels; k++) {
		const float *gradient = features->gradient + k * features->positions;
		double sum = cam_sum(features->A + k * features->positions,
				features->positions);

		for (int64_t ij = 0; ij < features->positions; ij++) {
			double g = gradient[ij];
			double divisor = g * g * (2 + g * sum) + epsilon;

			if (g > 0 && divisor != 0) {
				weights[k] += g * g * g / divisor;
			}
		}
	}
	return CNNVIZ_OK;
}

static const struct cam_method method = { .weigh = weigh, .gradients = true };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("grad_cam_pp", "1.0"),
	.summary = "Grad-CAM++: Grad-CAM for several objects of a class, and for parts "
		   "of one",
	.description = "Weights each feature map by a weighted mean of its positive "
		       "gradients, so that a small object counts as much as a large "
		       "one. Rests on positive evidence alone, so it tells classes "
		       "apart less well than Grad-CAM.",
	.reference = "Chattopadhyay et al. 2017, Grad-CAM++, arXiv:1710.11063, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

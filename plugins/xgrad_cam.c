/**
 * \file    xgrad_cam.c
 * \brief   XGrad-CAM: Grad-CAM whose gradients count where the feature map is active
 *
 *     w_k^c = sum_ij ( A_ij^k / sum_ab A_ab^k ) d y^c / d A_ij^k
 *     L^c   = ReLU( sum_k w_k^c A^k )
 *
 * in the symbols of grad_cam.c.
 *
 * R. Fu, Q. Hu, X. Dong, Y. Guo, Y. Gao, B. Li: Axiom-based Grad-CAM: Towards Accurate
 * Visualization and Explanation of CNNs. 2020, arXiv:2008.02312, section 3.
 *
 * A feature map that sums to zero has no weight; others add a small number to the sum
 * instead, which does not differ for any other map.
 */
#include "common/cam.h"

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
};

static cnnviz_status weigh(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	(void)cam;
	(void)n;
	for (int64_t k = 0; k < features->channels; k++) {
		const float *A = features->A + k * features->positions;
		const float *gradient = features->gradient + k * features->positions;
		double sum = cam_sum(A, features->positions);

		for (int64_t ij = 0; ij < features->positions && sum != 0; ij++) {
			weights[k] += (double)A[ij] * gradient[ij] / sum;
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
	CNNVIZ_ATTRIBUTION("xgrad_cam", "1.0"),
	.summary = "XGrad-CAM: Grad-CAM whose gradients count where the feature map is "
		   "active",
	.description = "Weights each feature map by the mean of its gradients, weighted "
		       "by "
		       "its own values: the weights that come closest to two axioms, "
		       "sensitivity and conservation. Equal to Grad-CAM where the "
		       "gradients do not differ over the map.",
	.reference = "Fu et al. 2020, Axiom-based Grad-CAM, arXiv:2008.02312, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    eigen_grad_cam.c
 * \brief   Eigen-Grad-CAM: the main pattern in what a layer contributes to the class
 *
 *     X   = d y^c / d A * A, by element: a row for each position, a column for each k
 *     L^c = ReLU( (X - mean X) V_1 )
 *
 * where V_1 is the first right singular vector of X - mean X, and the mean that of each
 * column.
 *
 * J. Gildenblat: PyTorch library for CAM methods. 2021,
 * https://github.com/jacobgil/pytorch-grad-cam, EigenGradCAM: Eigen-CAM of M. B. Muhammad
 * and M. Yeasin (eigen_cam.c) on what HiResCAM adds (hires_cam.c). There is no paper.
 *
 * The sign of a singular vector is arbitrary. There it is what the linear algebra library
 * happens to give, so that the map may be of the background; here it is the one in which
 * the map agrees with the sum of X over k, HiResCAM's map.
 */
#include "common/cam.h"

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
};

static void multiply(const struct cam *cam, const struct cam_features *features,
		float *terms)
{
	(void)cam;
	for (int64_t i = 0; i < features->channels * features->positions; i++) {
		terms[i] = features->gradient[i] * features->A[i];
	}
}

static const struct cam_method method = {
	.multiply = multiply,
	.gradients = true,
	.component = true,
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("eigen_grad_cam", "1.0"),
	.summary = "Eigen-Grad-CAM: the main pattern in what a layer contributes to the "
		   "class",
	.description = "The first principal component of a layer's values times their "
		       "gradients: HiResCAM with less noise. It may leave out a "
		       "second object of the class.",
	.reference = "Gildenblat 2021, pytorch-grad-cam, EigenGradCAM; Muhammad, Yeasin "
		     "2020, "
		     "arXiv:2008.00299",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

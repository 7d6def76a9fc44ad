/**
 * \file    eigen_cam.c
 * \brief   Eigen-CAM: the main pattern of a layer's feature maps, whatever the class
 *
 *     A = U S V^T,    L = ReLU( A V_1 )
 *
 * where A has a row for each position and a column for each feature map, and V_1 is the
 * first right singular vector.
 *
 * M. B. Muhammad, M. Yeasin: Eigen-CAM: Class Activation Map using Principal Components.
 * 2020, arXiv:2008.00299, section III.
 *
 * `center` takes each feature map's mean away first, as pytorch-grad-cam does: then the map
 * shows what stands out from the rest of the picture and not where the layer is active. The
 * sign of a singular vector is arbitrary; here it is the one in which the map agrees with
 * the sum of the feature maps. No gradient is needed, and the class makes no difference.
 */
#include "common/cam.h"

#include <string.h>

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ "center", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether each feature map's mean is taken away first, "
				   "as others do" },
};

static void multiply(const struct cam *cam, const struct cam_features *features,
		float *terms)
{
	(void)cam;
	memcpy(terms, features->A,
			(size_t)(features->channels * features->positions)
					* sizeof(*terms));
}

static const struct cam_method centered = { .multiply = multiply, .component = true };
static const struct cam_method uncentered = {
	.multiply = multiply,
	.component = true,
	.uncentered = true,
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch,
			host->parameter->boolean(job, "center") ? &centered : &uncentered,
			maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("eigen_cam", "1.0"),
	.summary = "Eigen-CAM: the main pattern of a layer's feature maps, whatever the "
		   "class",
	.description = "The first principal component of a layer's feature maps. Needs "
		       "no "
		       "gradient, and shows what the layer responds to most; it is "
		       "the same for every class, so it says nothing about one.",
	.reference = "Muhammad, Yeasin 2020, Eigen-CAM, arXiv:2008.00299, section III",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    ablation_cam.c
 * \brief   Ablation-CAM: feature maps weighted by what the score loses without them
 *
 *     w_k^c = ( y^c - y_k^c ) / y^c
 *     L^c   = ReLU( sum_k w_k^c A^k )
 *
 * where y^c is the score of class c before the softmax and y_k^c that with feature map A^k of
 * the layer set to zero.
 *
 * S. Desai, H. G. Ramaswamy: Ablation-CAM: Visual Explanations for Deep Convolutional Network
 * via Gradient-free Localization. 2020, WACV, section 3, equation 4.
 *
 * As in the paper. pytorch-grad-cam sets feature maps to -10^7 less than their minimum
 * instead where that is not 0. No gradient is needed, but the layers behind run once for each
 * feature map; those before run once.
 */
#include "common/variants.h"

#include <string.h>

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
	{ VARIANTS_TOGETHER },
};

static void ablate(const struct variants *variants, int64_t v, float *A)
{
	int64_t positions = variants->features->positions;

	memset(A + v * positions, 0, (size_t)positions * sizeof(*A));
}

static cnnviz_status weigh(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	const struct variants variants = {
		.cam = cam,
		.item = n,
		.features = features,
		.count = features->channels,
		.change = ablate,
	};
	double y = 0;
	cnnviz_status status = variants_score(&variants, &y, weights);

	for (int64_t k = 0; k < features->channels && status == CNNVIZ_OK; k++) {
		weights[k] = y != 0 ? (y - weights[k]) / y : 0;
	}
	return status;
}

static const struct cam_method method = { .weigh = weigh };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("ablation_cam", "1.0"),
	.summary = "Ablation-CAM: feature maps weighted by what the score loses without "
		   "them",
	.description = "Sets one feature map of a layer after the other to zero and "
		       "weights "
		       "it by how far the class score falls. Needs no gradient, but a "
		       "pass through the rest of the network for each feature map.",
	.reference = "Desai, Ramaswamy 2020, Ablation-CAM, WACV, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

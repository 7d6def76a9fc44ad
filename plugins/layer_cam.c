/**
 * \file    layer_cam.c
 * \brief   LayerCAM: maps of any layer, weighted at each place by its positive gradient
 *
 *     L^c = ReLU( sum_k ReLU( d y^c / d A^k ) * A^k ),    * by element
 *
 * in the symbols of grad_cam.c.
 *
 * P.-T. Jiang, C.-B. Zhang, Q. Hou, M.-M. Cheng, Y. Wei: LayerCAM: Exploring Hierarchical
 * Class Activation Maps for Localization. 2021, IEEE Transactions on Image Processing 30,
 * doi:10.1109/TIP.2021.3089943, section III.
 *
 * Made for shallow layers too, whose fine maps are merged with those of deep ones: give
 * `layer` a list. The paper then takes `merge = max`, and scales the maps of shallow
 * layers by tanh(2 M / max M) first; here they are scaled to their maximum.
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
		float gradient = features->gradient[i];

		terms[i] = (gradient < 0 ? 0 : gradient) * features->A[i];
	}
}

static const struct cam_method method = { .multiply = multiply, .gradients = true };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("layer_cam", "1.0"),
	.summary = "LayerCAM: maps of any layer, weighted at each place by its positive "
		   "gradient",
	.description = "Weights each value of a layer by the positive part of its own "
		       "gradient. Also of use at shallow layers, whose maps are fine; "
		       "several layers may be merged.",
	.reference = "Jiang et al. 2021, LayerCAM, doi:10.1109/TIP.2021.3089943, section "
		     "III",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

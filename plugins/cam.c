/**
 * \file    cam.c
 * \brief   CAM: the feature maps before a global average pool, by the classifier's weights
 *
 *     y^c = sum_k w_k^c 1/Z sum_ij A_ij^k + b^c
 *     L^c = ReLU( sum_k w_k^c A^k )
 *
 * where A^k is feature map k of the layer, Z its number of positions (i,j), and w^c the
 * weights of class c in the one linear layer that follows the pool.
 *
 * B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba: Learning Deep Features for
 * Discriminative Localization. 2015, arXiv:1512.04150, section 2.
 *
 * For networks of that form alone, which check() makes sure of; others have grad_cam, whose
 * map is the same there up to the factor Z. The weights are read off the gradient, w_k^c =
 * sum_ij d y^c / d A_ij^k, which is exact where only an average and a linear layer follow.
 * The paper keeps negative values; the maps of this family are drawn from 0 up.
 */
#include "common/cam.h"

#include <string.h>

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
};

/** Whether a layer changes nothing in what a linear classifier of an average is */
static bool is_linear(const char *operation)
{
	static const char *const words[] = { "linear", "adaptive_avg_pool2d",
		"avg_pool2d", "mean", "flatten", "reshape", "dropout", "identity", NULL };
	int i = 0;

	while (words[i] != NULL && strcmp(words[i], operation) != 0) {
		i++;
	}
	return words[i] != NULL;
}

/** Behind the layers there must be a global average pool and a linear layer, no more. */
static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = cam_check(host, job);
	uint32_t count = host->parameter->list_count(job, "layer");

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		int32_t layer = (int32_t)host->parameter->list_integer(job, "layer", i);
		int32_t behind = layer + 1;

		while (behind < host->model->layer_count(job)
				&& is_linear(host->model->layer_operation(job, behind))) {
			behind++;
		}
		if (behind < host->model->layer_count(job)) {
			status = host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"behind the layer \"%s\" there is %s, a %s, and "
					"not an average and a linear layer alone, as "
					"CAM needs; name the last feature map with "
					"`layer`, or use grad_cam",
					host->parameter->list_text(job, "layer", i),
					host->model->layer_name(job, behind),
					host->model->layer_operation(job, behind));
		}
	}
	return status;
}

static cnnviz_status weigh(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	(void)cam;
	(void)n;
	for (int64_t k = 0; k < features->channels; k++) {
		weights[k] = cam_sum(features->gradient + k * features->positions,
				features->positions);
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
	CNNVIZ_ATTRIBUTION("cam", "1.0"),
	.summary = "CAM: the feature maps before a global average pool, by the "
		   "classifier's weights",
	.description = "Weights the last feature maps as the classifier weights their "
		       "means. "
		       "Exact, but only for networks that end in a global average "
		       "pool and one linear layer, such as ResNet.",
	.reference = "Zhou et al. 2015, Learning Deep Features for Discriminative "
		     "Localization, "
		     "arXiv:1512.04150, section 2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = check,
	.asks = CNNVIZ_ASKS_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    shapley_cam.c
 * \brief   ShapleyCAM: feature maps weighted by their share in the score, to second order
 *
 *     w_k = 1/Z sum_ij ( g - 1/2 H A )_ij^k,    g = d y^c / d A,    H = d^2 y^c / d A^2
 *     L^c = ReLU( sum_k w_k A^k )
 *
 * in the symbols of grad_cam.c.
 *
 * H. Cai: CAMs as Shapley Value-based Explainers. 2025, arXiv:2501.06261: taking
 * feature maps away from A changes the score by gradient and Hessian to second order, and the
 * Shapley value of each is this.
 *
 * As in pytorch-grad-cam, whose score is the logit. Behind ReLUs,
 * maxima and linear layers alone H is 0, and this is Grad-CAM.
 */
#include "common/cam.h"

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
};

/** Take half of H A from the gradient. */
static cnnviz_status subtract_curvature(const struct cam *cam, const cnnviz_pass *pass,
		int32_t layer, const cnnviz_tensor *seed, cnnviz_tensor *gradient)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = cam->host;
	cnnviz_tensor *product = NULL;
	cnnviz_status status = host->pass->hessian_product(cam->job, pass, layer, 1,
			&logits, &seed, host->pass->activation(pass, layer), &product);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *HA = host->tensor->data(product);
	float *g = host->tensor->mutable_data(gradient);

	for (int64_t i = 0; i < host->tensor->count(gradient); i++) {
		g[i] -= HA[i] / 2;
	}
	host->tensor->unref(product);
	return CNNVIZ_OK;
}

static const struct cam_method method = {
	.weigh = cam_mean_gradients,
	.correct = subtract_curvature,
	.gradients = true,
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("shapley_cam", "1.0"),
	.summary = "ShapleyCAM: feature maps weighted by their share in the score",
	.description = "Grad-CAM with half of the score's curvature taken from the "
		       "gradients: what each feature map of a layer adds to the score, "
		       "to second order. Differs where smooth activations or gates "
		       "follow the layer.",
	.reference = "Cai 2025, CAMs as Shapley Value-based Explainers, "
		     "arXiv:2501.06261",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_GRADIENTS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)

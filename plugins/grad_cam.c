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
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_conv",
			.summary = "layer whose feature maps are weighted" },
};

/** sum_k alpha_k A^k of one item, into L (positions), which must be zero before */
static void weighted_sum(const float *A, const float *gradient, int64_t channels,
		int64_t positions, float *L)
{
	for (int64_t k = 0; k < channels; k++) {
		double alpha = 0;

		for (int64_t ij = 0; ij < positions; ij++) {
			alpha += gradient[k * positions + ij];
		}
		alpha /= (double)positions;
		for (int64_t ij = 0; ij < positions; ij++) {
			L[ij] += (float)(alpha * A[k * positions + ij]);
		}
	}
}

/**
 * Set negative values to zero. Returns whether any value was positive. NaN is kept for
 * the host to detect.
 */
static bool rectify(float *L, int64_t positions)
{
	bool any = false;

	for (int64_t ij = 0; ij < positions; ij++) {
		L[ij] = L[ij] <= 0 ? 0 : L[ij];
		any = any || L[ij] != 0;
	}
	return any;
}

static bool all_zero(const float *values, int64_t count)
{
	while (count > 0 && values[count - 1] == 0) {
		count--;
	}
	return count == 0;
}

/** The layer must have a height and a width. */
static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	int64_t shape[CNNVIZ_MAX_RANK];
	uint32_t rank = host->model->layer_shape(job, layer, shape);

	if (rank != 3 || shape[1] * shape[2] < 2) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has no height and width, so there is "
				"no map of it; name a convolutional layer with `layer`",
				host->parameter->text(job, "layer"));
	}
	return CNNVIZ_OK;
}

/** Compute L^c of item n into its part of the maps; warns if it is zero everywhere. */
static void compute_map(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t n, const cnnviz_tensor *A,
		const cnnviz_tensor *gradient, float *L)
{
	const int64_t *shape = host->tensor->shape(A);
	int64_t positions = shape[2] * shape[3], values = shape[1] * positions;
	const float *item_gradient = host->tensor->data(gradient) + n * values;

	weighted_sum(host->tensor->data(A) + n * values, item_gradient, shape[1],
			positions, L);
	/* If the gradient is zero everywhere, the host itself warns about it. */
	if (!rectify(L, positions) && !all_zero(item_gradient, values)) {
		host->warn(job, n,
				"no position of the layer \"%s\" is evidence for the "
				"class \"%s\" (the weighted sum of its feature maps is "
				"positive nowhere), so the map is zero",
				host->parameter->text(job, "layer"),
				host->model->class_name(job, batch->targets[n]));
	}
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	cnnviz_tensor *A = NULL, *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			layer, &A, &gradient);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *shape = tensor->shape(A);
	int64_t positions = shape[2] * shape[3];

	status = tensor->create(job, 4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] }, maps);
	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		compute_map(host, job, batch, n, A, gradient,
				tensor->mutable_data(*maps) + n * positions);
	}
	tensor->unref(A);
	tensor->unref(gradient);
	return status;
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
	.check = check,
	.asks = CNNVIZ_ASKS_GRADIENTS,
};

CNNVIZ_PLUGIN(technique)

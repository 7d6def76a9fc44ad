/**
 * \file    layer_integrated_gradients.c
 * \brief   Integrated gradients of a layer: on the path from the activation of a baseline
 *
 *     IG_j(x) = (A_j - A'_j) * int_0^1 dF(A' + a (A - A')) / dA_j da
 *             ~ (A_j - A'_j) / m * sum_{k=1}^m dF(A' + (k - 1/2)/m (A - A')) / dA_j
 *
 * where A is the activation of the layer for the picture, A' that for the baseline, F the
 * class score before the softmax as a function of the layer and m `steps`.
 *
 * M. Sundararajan, A. Taly, Q. Yan: Axiomatic Attribution for Deep Networks. 2017,
 * arXiv:1703.01365, sections 3 and 5, with a layer in place of the input, as captum's
 * LayerIntegratedGradients.
 *
 * Only the network behind the layer is run for each point. What goes around the layer, as a
 * skip connection does, keeps the values that it has for the picture. As
 * integrated_gradients this takes the middles of the steps.
 *
 * Completeness: sum_j IG_j = F(A) - F(A'). The sum's error, relative to the right side, is
 * recorded with each map, and causes a warning if it is more than 5 %.
 */
#include "common/layer_path.h"

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("last_features"),
	LAYER_PATH_PARAMETERS,
	BASELINE_PARAMETERS("black"),
};

static void add(struct layer_path *path, const struct layer_point *point)
{
	for (int64_t j = 0; j < path->size; j++) {
		path->sums[j] += point->gradient[j];
	}
}

/** (A - A') times the mean gradient */
static cnnviz_status finish(struct layer_path *path, uint32_t n, float *map)
{
	double sum = 0;

	for (int64_t j = 0; j < path->size; j++) {
		map[j] = (float)(((double)path->to[j] - path->from[j]) * path->sums[j]
				/ (double)path->steps);
		sum += map[j];
	}
	return layer_report_sum(path->host, path->job, n, path->score, sum);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct layer_path path = {
		.host = host,
		.job = job,
		.batch = batch,
		.within = true,
		.add = add,
		.finish = finish,
	};

	return layer_path_run(&path, maps);
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	return host->parameter->integer(job, "layer") != CNNVIZ_LAYER_INPUT
			? layer_check_path(host, job)
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"`layer` is the input, for which there is "
					"integrated_gradients; name a layer behind it");
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("layer_integrated_gradients", "1.0"),
	.summary = "Integrated gradients of a layer: contributions on the path from a "
		   "baseline's activation",
	.description = "Averages the gradient on the straight path from a layer's "
		       "activation "
		       "for a baseline to that for the picture, and multiplies by the "
		       "difference. The map sums to the change of the class score; the "
		       "error of this sum is reported with each map.",
	.reference = "Sundararajan, Taly, Yan 2017, Axiomatic Attribution for Deep "
		     "Networks, arXiv:1703.01365, sections 3 and 5",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = check,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

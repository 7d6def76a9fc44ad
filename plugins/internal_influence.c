/**
 * \file    internal_influence.c
 * \brief   Internal influence: the mean gradient at a layer on the path from a baseline
 *
 *     X_j(x) = int_0^1 dF(x' + a (x - x')) / dA_j da
 *            ~ 1/m sum_{k=1}^m dF(x' + (k - 1/2)/m (x - x')) / dA_j
 *
 * where A_j are the values of the layer, x the normalized input, x' the baseline, F the
 * class score before the softmax and m `steps`.
 *
 * K. Leino, S. Sen, A. Datta, M. Fredrikson, L. Li: Influence-Directed Explanations for
 * Deep Convolutional Networks. 2018, arXiv:1802.03788, section 3.
 *
 * The paper averages over a distribution of interest of inputs; this is the one that the
 * paper calls that of a path from a baseline to the picture, as captum's InternalInfluence
 * has it. As a gradient it says how strongly a value would act, not how much it did:
 * conductance and layer_integrated_gradients multiply by how far it went.
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

static cnnviz_status finish(struct layer_path *path, uint32_t n, float *map)
{
	(void)n;
	for (int64_t j = 0; j < path->size; j++) {
		map[j] = (float)(path->sums[j] / (double)path->steps);
	}
	return CNNVIZ_OK;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct layer_path path = {
		.host = host,
		.job = job,
		.batch = batch,
		.add = add,
		.finish = finish,
	};

	return layer_path_run(&path, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("internal_influence", "1.0"),
	.summary = "Internal influence: mean gradient at a layer on the path from a "
		   "baseline",
	.description = "Averages the gradient with respect to a layer over the inputs on "
		       "the straight path from a baseline to the picture: which of its "
		       "values the class score depends on, whatever they are now.",
	.reference = "Leino, Sen, Datta, Fredrikson, Li 2018, Influence-Directed "
		     "Explanations for Deep Convolutional Networks, arXiv:1802.03788, "
		     "section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = layer_check_path,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

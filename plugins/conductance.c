/**
 * \file    conductance.c
 * \brief   Conductance: how much of the integrated gradients flows through a layer's values
 *
 *     Cond_j(x) = sum_i (x_i - x'_i) int_0^1 dF/dA_j dA_j/dx_i da
 *               ~ sum_{k=1}^m (g_j(a_{k-1}) + g_j(a_k)) / 2 * (A_j(a_k) - A_j(a_{k-1}))
 *
 * with A_j and g_j = dF/dA_j at the input x' + a (x - x'), where A_j are the values of the
 * layer, x the normalized input, x' the baseline, F the class score before the softmax, m
 * `steps` and a_k = k/m.
 *
 * K. Dhamdhere, M. Sundararajan, Q. Yan: How Important Is a Neuron? 2018,
 * arXiv:1805.12233, section 3.
 *
 * The second line is the integral of g_j along the path that A_j takes, which spares a
 * backward pass for each value j (A. Shrikumar, J. Su, A. Kundaje: Computationally Efficient
 * Measures of Internal Neuron Importance. 2018, arXiv:1807.09946, section 3). captum's
 * LayerConductance has the gradient at a step's beginning; this takes the mean of both ends,
 * so that the error falls with m^2 rather than m.
 *
 * Completeness (section 3): if all goes through the layer, sum_j Cond_j = F(x) - F(x'). The
 * sum's error, relative to the right side, is recorded with each map, and causes a warning
 * if it is more than 5 %.
 */
#include <string.h>

#include "common/layer_path.h"

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("last_features"),
	LAYER_PATH_PARAMETERS,
	BASELINE_PARAMETERS("black"),
};

static void add(struct layer_path *path, const struct layer_point *point)
{
	float *A = path->before[0], *gradient = path->before[1];

	for (int64_t j = 0; j < path->size && point->index > 0; j++) {
		path->sums[j] += ((double)gradient[j] + point->gradient[j]) / 2
				* ((double)point->A[j] - A[j]);
	}
	memcpy(A, point->A, (size_t)path->size * sizeof(*A));
	memcpy(gradient, point->gradient, (size_t)path->size * sizeof(*gradient));
}

static cnnviz_status finish(struct layer_path *path, uint32_t n, float *map)
{
	const cnnviz_host *host = path->host;
	double sum = 0;

	for (int64_t j = 0; j < path->size; j++) {
		map[j] = (float)path->sums[j];
		sum += path->sums[j];
	}
	/* What goes around the layer is not in the sum. */
	return host->model->side_layers(path->job, path->layer, CNNVIZ_LAYER_LOGITS, 0,
			       NULL) > 0
			? CNNVIZ_OK
			: layer_report_sum(host, path->job, n, path->score, sum);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct layer_path path = {
		.host = host,
		.job = job,
		.batch = batch,
		.ends = true,
		.add = add,
		.finish = finish,
	};

	return layer_path_run(&path, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("conductance", "1.0"),
	.summary = "Conductance: what flows through each value of a layer on the path "
		   "from "
		   "a baseline",
	.description = "Follows a layer's values and the gradient there while the "
		       "baseline "
		       "turns into the picture, and adds up what each value changes in "
		       "the "
		       "class score on the way. Where all goes through the layer, the "
		       "map "
		       "sums to the change of the score.",
	.reference = "Dhamdhere, Sundararajan, Yan 2018, How Important Is a Neuron?, "
		     "arXiv:1805.12233, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = layer_check_path,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

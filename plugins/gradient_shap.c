/**
 * \file    gradient_shap.c
 * \brief   GradientSHAP: contributions on random paths from baselines to noisy copies of the
 *          picture
 *
 *     phi_i = E[ (z_i - x'_i) * dF(x' + a (z - x')) / dx_i ],
 *     z = x + N(0, sigma^2),  a uniform in 0..1,  x' drawn from `references`
 *
 * where x is the normalized input, F the class score before the softmax, sigma `noise_level`
 * times the range of x, and dF/dx the map of the job `base`. The mean of `samples` draws.
 *
 * S. Lundberg, S. Lee: A Unified Approach to Interpreting Model Predictions. 2017,
 * arXiv:1705.07874, section 2.4, whose Shapley values these approximate, as the authors'
 * package does (GradientExplainer) and captum (GradientShap).
 *
 * In expectation the map sums to E[F(z)] - E[F(x')]. The peers take the noise's deviation as
 * it is, without noise by default; here it is a fraction of the range, as for SmoothGrad.
 * Without `references` the one baseline is that of integrated gradients.
 */
#include "common/baseline.h"
#include "common/expectation.h"

static const cnnviz_parameter parameters[] = {
	EXPECTATION_PARAMETERS,
	{ "noise_level", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.1", .minimum = 0,
			.maximum = 10, .unit = "fraction of the input's range",
			.summary = "deviation of the noise on the picture" },
	{ "references", CNNVIZ_PARAMETER_PICTURES,
			.summary = "pictures that the paths begin at, in place of "
				   "`baseline`" },
	BASELINE_PARAMETERS("black"),
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const struct expectation expectation = {
		.noise = host->parameter->real(job, "noise_level"),
	};

	return expectation_attribute(host, job, batch, &expectation, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("gradient_shap", "1.0"),
	.summary = "GradientSHAP: contributions on random paths from baselines to noisy "
		   "copies of the picture",
	.description = "Takes the gradient at random places between a baseline, one of "
		       "`references` by chance, and the picture with noise on it, times "
		       "their difference. The mean approximates Shapley values of single "
		       "pixels; another seed shows how near it is.",
	.reference = "Lundberg, Lee 2017, A Unified Approach to Interpreting Model "
		     "Predictions, arXiv:1705.07874, section 2.4",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = baseline_check,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    expected_gradients.c
 * \brief   Expected gradients: integrated gradients from many pictures in place of one
 *          baseline
 *
 *     EG_i(x) = E[ (x_i - x'_i) * dF(x' + a (x - x')) / dx_i ],
 *     x' from `references`,  a uniform in 0..1
 *
 * where x is the normalized input, F the class score before the softmax, and dF/dx the map
 * of the job `base`. The mean of `samples` draws.
 *
 * G. Erion, J. Janizek, P. Sturmfels, S. Lundberg, S. Lee: Improving Performance of Deep
 * Learning Models with Axiomatic Attribution Priors and Expected Gradients. 2019,
 * arXiv:1906.10670, section 2 (equations 3 and 4).
 *
 * In expectation the map sums to F(x) less the mean score of the references. The paper draws
 * x' from the training pictures; here the references are taken in turn, so that each counts
 * as often as another where `samples` is a multiple of their number: the expectation is the
 * same, and less is left to chance.
 */
#include "common/expectation.h"

static const cnnviz_parameter parameters[] = {
	EXPECTATION_PARAMETERS,
	{ "references", CNNVIZ_PARAMETER_PICTURES, CNNVIZ_PARAMETER_REQUIRED,
			.summary = "pictures that stand for those that the network has "
				   "learned from" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const struct expectation expectation = { .in_turn = true };

	return expectation_attribute(host, job, batch, &expectation, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("expected_gradients", "1.0"),
	.summary = "Expected gradients: integrated gradients from many pictures in place "
		   "of "
		   "one baseline",
	.description = "Takes the gradient at random places between each of `references` "
		       "and the picture, times their difference, and averages. No single "
		       "baseline has to be chosen, and none makes a color count as "
		       "nothing.",
	.reference = "Erion et al. 2019, Improving Performance of Deep Learning Models "
		     "with "
		     "Axiomatic Attribution Priors and Expected Gradients, "
		     "arXiv:1906.10670, section 2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

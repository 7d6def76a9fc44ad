/**
 * \file    deep_lift.c
 * \brief   DeepLIFT: what each value contributes to the change from a baseline's score
 *
 * Every neuron t has a change dt from its value for the baseline. Multipliers m follow the
 * chain rule from the score back, with that of a layer in the gradient's place:
 *
 *     linear          m = w
 *     rescale         m = dy / dx at an activation y = f(x), where dx is not 0
 *     reveal-cancel   the positive and the negative part of dx have multipliers of their own:
 *                     dy+ = (f(x0 + dx+) - f(x0) + f(x0 + dx) - f(x0 + dx-)) / 2, m+ = dy+ / dx+,
 *                     and so for dx- (section 3.5.3)
 *
 * The map is m (x - x'), by element, and sums to F(x) - F(x'). That of a layer, as captum's
 * LayerDeepLift, is the same of its values.
 *
 * A. Shrikumar, P. Greenside, A. Kundaje: Learning Important Features Through Propagating
 * Activation Differences. 2017, arXiv:1704.02685, sections 3.3 to 3.5.
 *
 * At max pools the changes of the maxima go to where they were, in the picture and in the
 * baseline, as captum does it; the paper has no rule there. At a product of two layers, and at
 * normalizations by the input, where captum has the gradient, m is the mean of the gradients at
 * both inputs: for products the map then still sums to the change exactly.
 */
#include "common/baseline.h"
#include "common/deep_lift.h"
#include "common/layer.h"

#include <stdlib.h>
#include <string.h>

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("input"),
	{ DEEP_LIFT_RULE },
	BASELINE_PARAMETERS("black"),
};

/** The baselines of all inputs of a batch, as one tensor */
static cnnviz_status make_baselines(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **baselines)
{
	int64_t size = host->tensor->count(batch->inputs) / batch->count;
	cnnviz_tensor *all = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			host->tensor->shape(batch->inputs), &all);

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		cnnviz_tensor *one = NULL;

		status = baseline_make(host, job, batch, n, &one);
		if (status == CNNVIZ_OK) {
			memcpy(host->tensor->mutable_data(all) + n * size,
					host->tensor->data(one),
					(size_t)size * sizeof(float));
		}
		host->tensor->unref(one);
	}
	if (status == CNNVIZ_OK) {
		*baselines = all;
	} else {
		host->tensor->unref(all);
	}
	return status;
}

static cnnviz_status report(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *maps, const struct relevance_scores *scores)
{
	int64_t items = host->tensor->shape(maps)[0];
	int64_t size = host->tensor->count(maps) / items;
	const float *values = host->tensor->data(maps);
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t n = 0; n < items && status == CNNVIZ_OK; n++) {
		double sum = 0;

		for (int64_t i = 0; i < size; i++) {
			sum += values[n * size + i];
		}
		status = deep_lift_report(host, job, (uint32_t)n, sum,
				scores->of_inputs[n], scores->of_reference[n]);
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	cnnviz_tensor *baselines = NULL, *found = NULL;
	double *values = calloc(2 * (size_t)batch->count, sizeof(*values));

	if (values == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	const struct relevance_scores scores = { values, values + batch->count };
	cnnviz_status status = make_baselines(host, job, batch, &baselines);

	if (status == CNNVIZ_OK) {
		status = deep_lift_find(host, job, batch, baselines, layer, &found,
				&scores);
	}
	/* What goes around a layer is in no map of it. */
	if (status == CNNVIZ_OK && layer == CNNVIZ_LAYER_INPUT) {
		status = report(host, job, found, &scores);
	}
	if (status == CNNVIZ_OK) {
		*maps = found;
	} else {
		host->tensor->unref(found);
	}
	host->tensor->unref(baselines);
	free(values);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = layer_check(host, job);

	return status != CNNVIZ_OK ? status : baseline_check(host, job);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("deep_lift", "1.0"),
	.summary = "DeepLIFT: contributions to the change of the score from a baseline's",
	.description = "Compares all neurons' values with those for a baseline, and "
		       "shares "
		       "the change of the class score among the pixels' changes in two "
		       "passes. Unlike the gradient it sees what saturated activations "
		       "depend on. The map sums to the change of the score; the error of "
		       "this sum is reported with each map.",
	.reference = "Shrikumar, Greenside, Kundaje 2017, Learning Important Features "
		     "Through Propagating Activation Differences, arXiv:1704.02685, "
		     "section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = check,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

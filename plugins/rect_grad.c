/**
 * \file    rect_grad.c
 * \brief   Rectified gradients: the gradient, where it matters most in each layer
 *
 * Each ReLU l passes what has come to it only where its importance, activation times what came,
 * is among the highest of the layer:
 *
 *     R_i^l = [a_i^l R_i^{l+1} > t] R_i^{l+1},   t the q-th percentile of a^l R^{l+1}
 *
 * B. Kim, J. Seo, S. Jeon, J. Koo, J. Choe, T. Jeon: Why are Saliency Maps Noisy? Cause of
 * and Solution to Noisy Saliency Maps. 2019, arXiv:1902.04893, section 4.
 *
 * As in the authors' code a is the ReLU's output, the percentile is the nearest value, and other
 * layers have the true gradient. With q = 0 all but the least important value passes, whatever its
 * sign. The rule acts at activations that are zero below zero; others have the true gradient.
 */
#include "common/relevance.h"

#include <math.h>
#include <stdlib.h>

static const cnnviz_parameter parameters[] = {
	{ "cut", CNNVIZ_PARAMETER_FLOAT, .default_value = "98", .minimum = 0,
			.maximum = 100, .unit = "%",
			.summary = "how much of each layer is cut off, from what matters "
				   "least" },
};

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/** Cut one item off at the percentile; sorted has room for its values. */
static void cut(double percentile, int64_t size, const float *a, const float *R,
		float *sorted, float *to)
{
	for (int64_t i = 0; i < size; i++) {
		sorted[i] = a[i] * R[i];
	}
	qsort(sorted, (size_t)size, sizeof(*sorted), compare);

	float t = sorted[llrint(percentile / 100 * (double)(size - 1))];

	for (int64_t i = 0; i < size; i++) {
		to[i] = a[i] * R[i] > t ? R[i] : 0;
	}
}

/** The rule, as cnnviz/rules.h asks for it */
static cnnviz_status rectify(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_rule_call *call, cnnviz_tensor **shares)
{
	const double *percentile = context;
	const int64_t *shape = host->tensor->shape(call->output);
	int64_t size = host->tensor->count(call->output) / shape[0];
	float *sorted = malloc((size_t)size * sizeof(*sorted));
	cnnviz_tensor *made = NULL;
	cnnviz_status status = sorted != NULL
			? host->tensor->create(job, host->tensor->rank(call->output),
					shape, &made)
			: host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");

	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		cut(*percentile, size, host->tensor->data(call->output) + n * size,
				host->tensor->data(call->relevance) + n * size, sorted,
				host->tensor->mutable_data(made) + n * size);
	}
	free(sorted);
	if (status == CNNVIZ_OK) {
		shares[0] = made;
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	double percentile = host->parameter->real(job, "cut");
	const cnnviz_rule rule = {
		.struct_size = sizeof(rule),
		.kind = CNNVIZ_RULE_CALLBACK,
		.callback = rectify,
		.context = &percentile,
	};
	const cnnviz_rule_entry entry = {
		.struct_size = sizeof(entry),
		.operations = "relu relu6 clipped_relu",
		.rule = &rule,
	};
	const cnnviz_composite composite = {
		.struct_size = sizeof(composite),
		.entry_count = 1,
		.entries = &entry,
	};
	const struct relevance_request request = {
		.composite = &composite,
		.start = RELEVANCE_OF_ONE,
		.layer = CNNVIZ_LAYER_INPUT,
	};

	return relevance_find(host, job, batch, &request, maps, NULL);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("rect_grad", "1.0"),
	.summary = "Rectified gradients: the gradient through what matters most",
	.description = "Backpropagates the class score, but each ReLU passes only what "
		       "matters most in its layer, by activation times gradient. Removes "
		       "the noise of the plain gradient; the higher the percentile, the "
		       "less is left.",
	.reference = "Kim et al. 2019, Why are Saliency Maps Noisy?, arXiv:1902.04893, "
		     "section 4",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)

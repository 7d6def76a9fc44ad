/**
 * \file    common/relevance.c
 * \brief   Relevance of the input by rules of layers
 */
#include "common/relevance.h"

/** Passes of a batch and of what its inputs are compared with */
struct passes {
	cnnviz_pass *pass, *reference;
};

static cnnviz_status run_passes(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct relevance_request *request,
		struct passes *passes)
{
	const int32_t captures[] = { CNNVIZ_LAYER_LOGITS, request->layer };
	uint32_t count = request->layer == CNNVIZ_LAYER_INPUT ? 1 : 2;
	const cnnviz_rules *rules = NULL;
	cnnviz_status status = host->rule->compose(job, request->composite, &rules);

	if (status == CNNVIZ_OK) {
		status = host->rule->forward(job, rules, batch->inputs, count, captures,
				&passes->pass);
	}
	if (status == CNNVIZ_OK && request->reference != NULL) {
		status = host->rule->forward(job, rules, request->reference, count,
				captures, &passes->reference);
	}
	return status;
}

/** Let each logit begin with its own value in place of its gradient. */
static void multiply(const cnnviz_host *host, cnnviz_tensor *seed,
		const cnnviz_tensor *logits)
{
	float *to = host->tensor->mutable_data(seed);
	const float *by = host->tensor->data(logits);

	for (int64_t i = 0; i < host->tensor->count(seed); i++) {
		to[i] *= by[i];
	}
}

/** Values of the requested layer in a pass of some inputs */
static const float *layer_values(const cnnviz_host *host,
		const struct relevance_request *request, const cnnviz_pass *pass,
		const cnnviz_tensor *inputs)
{
	return host->tensor->data(request->layer == CNNVIZ_LAYER_INPUT
					? inputs
					: host->pass->activation(pass, request->layer));
}

/** Multiply by the change of the layer's values from x0 to x. */
static void multiply_changes(const cnnviz_host *host, const float *x, const float *x0,
		cnnviz_tensor *relevance)
{
	float *m = host->tensor->mutable_data(relevance);

	for (int64_t i = 0; i < host->tensor->count(relevance); i++) {
		m[i] *= x[i] - x0[i];
	}
}

cnnviz_status relevance_find(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct relevance_request *request,
		cnnviz_tensor **relevance, const struct relevance_scores *scores)
{
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_tensor *activation = NULL;
	const float *x = NULL, *x0 = NULL;
	struct passes passes = { NULL, NULL };
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = run_passes(host, job, batch, request, &passes);

	if (status == CNNVIZ_OK) {
		activation = host->pass->activation(passes.pass, logits);
		status = host->objective->batch_logit(job, batch, activation,
				scores != NULL ? scores->of_inputs : NULL, &seed);
	}
	if (status == CNNVIZ_OK && scores != NULL && passes.reference != NULL) {
		status = host->objective->batch_logit(job, batch,
				host->pass->activation(passes.reference, logits),
				scores->of_reference, NULL);
	}
	if (status == CNNVIZ_OK && request->changes) {
		x = layer_values(host, request, passes.pass, batch->inputs);
		x0 = layer_values(host, request, passes.reference, request->reference);
	}
	if (status == CNNVIZ_OK) {
		if (request->start == RELEVANCE_OF_LOGIT) {
			multiply(host, seed, activation);
		}
		const cnnviz_tensor *const seeds[] = { seed };

		status = host->rule->backward(job, passes.pass, passes.reference, 1,
				&logits, seeds, 1, &request->layer, relevance);
	}
	if (status == CNNVIZ_OK && request->changes) {
		multiply_changes(host, x, x0, *relevance);
	}
	host->tensor->unref(seed);
	host->pass->unref(passes.reference);
	host->pass->unref(passes.pass);
	return status;
}

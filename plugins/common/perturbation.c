/**
 * \file    common/perturbation.c
 * \brief   Scores of a picture of which parts are replaced
 */
#include "common/perturbation.h"

#include <stdlib.h>

enum score { LOGIT, PROBABILITY };

const char *const perturbation_scores[] = { "logit", "probability", NULL };

cnnviz_status perturbation_allocate(struct perturbation *perturbation, int64_t count,
		double **values)
{
	*values = calloc((size_t)count, sizeof(**values));
	return *values != NULL
			? CNNVIZ_OK
			: perturbation->host->fail(perturbation->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for %lld numbers",
					(long long)count);
}

/* ---- Variants in one pass ------------------------------------------------------ */

/** Make variants first, first + 1, ... in the memory of the inputs */
static void make_variants(struct perturbation *p, int64_t first, int64_t count,
		float *inputs)
{
	for (int64_t k = 0; k < count; k++) {
		float *mask = p->masks + k * p->area;

		p->mask(p, first + k, mask);
		for (int64_t c = 0; c < p->channels; c++) {
			const float *x = p->x + c * p->area;
			const float *baseline = p->baseline + c * p->area;
			float *variant = inputs + k * p->size + c * p->area;

			/* Exactly x where m = 1, and b where m = 0 */
			for (int64_t i = 0; i < p->area; i++) {
				variant[i] = mask[i] * x[i] + (1 - mask[i]) * baseline[i];
			}
		}
	}
}

/** What the network says of the inputs */
static cnnviz_status score(struct perturbation *p, int64_t count)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = p->host;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)count,
		.inputs = p->inputs,
		.targets = p->targets,
		.streams = p->streams,
	};
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(p->job, p->inputs, 1, &logits,
			&pass);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const cnnviz_tensor *activation = host->pass->activation(pass, logits);

	if (activation == NULL) {
		status = CNNVIZ_ERROR_ENGINE;
	} else if (host->parameter->integer(p->job, "score") == LOGIT) {
		status = host->objective->batch_logit(p->job, &batch, activation,
				p->scores, NULL);
	} else {
		status = host->objective->batch_probability(p->job, &batch, activation,
				p->scores, NULL);
	}
	host->pass->unref(pass);
	return status;
}

/** Tensors have one size, so fewer variants than before need another one */
static cnnviz_status fit_inputs(struct perturbation *p, int64_t count)
{
	const cnnviz_tensor_api *tensor = p->host->tensor;

	if (p->inputs != NULL && tensor->shape(p->inputs)[0] == count) {
		return CNNVIZ_OK;
	}
	tensor->unref(p->inputs);
	p->inputs = NULL;
	return tensor->create(p->job, 4,
			(const int64_t[]){ count, p->channels, p->height, p->width },
			&p->inputs);
}

static cnnviz_status run_pass(struct perturbation *p, int64_t first, int64_t count)
{
	cnnviz_status status = fit_inputs(p, count);

	if (status != CNNVIZ_OK) {
		return status;
	}
	make_variants(p, first, count, p->host->tensor->mutable_data(p->inputs));
	status = score(p, count);
	for (int64_t k = 0; k < count && status == CNNVIZ_OK; k++) {
		p->take(p, first + k, p->masks + k * p->area, p->scores[k]);
	}
	return status;
}

cnnviz_status perturbation_run(struct perturbation *p, int64_t count)
{
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t first = 0; first < count && status == CNNVIZ_OK;
			first += p->together) {
		int64_t left = count - first;

		status = p->host->canceled(p->job)
				? CNNVIZ_ERROR_CANCELED
				: run_pass(p, first,
						left < p->together ? left : p->together);
		left -= left < p->together ? left : p->together;
		p->host->progress(p->job, (uint64_t)(p->item * count + count - left),
				(uint64_t)(p->batch->count * count));
	}
	return status;
}

/* ---- Pictures ------------------------------------------------------------------- */

static cnnviz_status explain_item(struct perturbation *p, float *map)
{
	const cnnviz_host *host = p->host;
	cnnviz_tensor *baseline = NULL;
	cnnviz_status status = baseline_make(host, p->job, p->batch, p->item, &baseline);

	if (status == CNNVIZ_OK) {
		status = host->random->create(p->job, p->batch->streams[p->item],
				&p->random);
	}
	if (status == CNNVIZ_OK) {
		p->x = host->tensor->data(p->batch->inputs) + p->item * p->size;
		p->baseline = host->tensor->data(baseline);
		for (int64_t k = 0; k < p->together; k++) {
			p->targets[k] = p->batch->targets[p->item];
			p->streams[k] = p->batch->streams[p->item];
		}
		status = p->explain(p, map);
	}
	host->random->unref(p->random);
	p->random = NULL;
	host->tensor->unref(baseline);
	return status;
}

static cnnviz_status allocate(struct perturbation *p)
{
	const int64_t *shape = p->host->tensor->shape(p->batch->inputs);

	p->channels = shape[1];
	p->height = shape[2];
	p->width = shape[3];
	p->area = p->height * p->width;
	p->size = p->channels * p->area;
	p->together = p->host->parameter->integer(p->job, "variants_together");
	p->masks = calloc((size_t)(p->together * p->area), sizeof(*p->masks));
	p->scores = calloc((size_t)p->together, sizeof(*p->scores));
	p->targets = calloc((size_t)p->together, sizeof(*p->targets));
	p->streams = calloc((size_t)p->together, sizeof(*p->streams));
	return p->masks != NULL && p->scores != NULL && p->targets != NULL
					&& p->streams != NULL
			? CNNVIZ_OK
			: p->host->fail(p->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for %lld variants at once",
					(long long)p->together);
}

cnnviz_status perturbation_explain(struct perturbation *p, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = p->host->tensor;
	cnnviz_tensor *result = NULL;
	cnnviz_status status = allocate(p);
	int64_t height = p->map_height > 0 ? p->map_height : p->height;
	int64_t width = p->map_width > 0 ? p->map_width : p->width;

	if (status == CNNVIZ_OK) {
		status = tensor->create(p->job, 4,
				(const int64_t[]){ p->batch->count, 1, height, width },
				&result);
	}
	for (p->item = 0; p->item < p->batch->count && status == CNNVIZ_OK; p->item++) {
		status = explain_item(p,
				tensor->mutable_data(result) + p->item * height * width);
	}
	tensor->unref(p->inputs);
	free(p->masks);
	free(p->scores);
	free(p->targets);
	free(p->streams);
	if (status != CNNVIZ_OK) {
		tensor->unref(result);
		return status;
	}
	*maps = result;
	return CNNVIZ_OK;
}

cnnviz_status perturbation_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch,
		cnnviz_status (*explain)(struct perturbation *perturbation, float *map),
		cnnviz_tensor **maps)
{
	struct perturbation perturbation = {
		.host = host,
		.job = job,
		.batch = batch,
		.explain = explain,
	};

	return perturbation_explain(&perturbation, maps);
}

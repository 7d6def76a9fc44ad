/**
 * \file    common/variants.c
 * \brief   Scores of an input whose feature maps were changed
 */
#include "common/variants.h"

#include <stdlib.h>
#include <string.h>

/** Variants of one item that run together */
struct part {
	uint32_t *items; /* of the pass, which all are the same */
	int64_t *targets;
	uint64_t *streams;
};

static bool allocate(const struct variants *variants, int64_t together, struct part *part)
{
	const cnnviz_batch *batch = variants->cam->batch;

	part->items = calloc((size_t)together, sizeof(*part->items));
	part->targets = calloc((size_t)together, sizeof(*part->targets));
	part->streams = calloc((size_t)together, sizeof(*part->streams));
	if (part->items == NULL || part->targets == NULL || part->streams == NULL) {
		return false;
	}
	for (int64_t i = 0; i < together; i++) {
		part->items[i] = variants->item;
		part->targets[i] = batch->targets[variants->item];
		part->streams[i] = batch->streams[variants->item];
	}
	return true;
}

static void free_part(struct part *part)
{
	free(part->items);
	free(part->targets);
	free(part->streams);
}

/** The scores of a pass of count inputs, whatever their feature maps */
static cnnviz_status read_scores(const struct variants *variants, const cnnviz_pass *pass,
		const cnnviz_batch *batch, double *scores)
{
	const cnnviz_host *host = variants->cam->host;
	const cnnviz_tensor *logits = host->pass->activation(pass, CNNVIZ_LAYER_LOGITS);

	return variants->probabilities
			? host->objective->batch_probability(variants->cam->job, batch,
					logits, scores, NULL)
			: host->objective->batch_logit(variants->cam->job, batch, logits,
					scores, NULL);
}

/** Run variants first up to first + count through the rest of the network. */
static cnnviz_status run_part(const struct variants *variants, const cnnviz_pass *pass,
		const struct part *part, int64_t first, int64_t count, double *scores)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = variants->cam->host;
	const struct cam_features *features = variants->features;
	int64_t values = features->channels * features->positions;
	cnnviz_tensor *changed = NULL;
	cnnviz_pass *rest = NULL;
	cnnviz_status status = host->tensor->create(variants->cam->job, 4,
			(const int64_t[]){ count, features->channels, features->height,
					features->width },
			&changed);

	for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		float *A = host->tensor->mutable_data(changed) + i * values;

		memcpy(A, features->A, (size_t)values * sizeof(*A));
		variants->change(variants, first + i, A);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->forward_from(variants->cam->job, pass,
				features->layer, changed, part->items,
				CNNVIZ_PASS_FORWARD_ONLY, 1, &logits, &rest);
	}
	if (status == CNNVIZ_OK) {
		const cnnviz_batch batch = {
			.struct_size = sizeof(batch),
			.count = (uint32_t)count,
			.inputs = changed,
			.targets = part->targets,
			.streams = part->streams,
		};

		status = read_scores(variants, rest, &batch, scores + first);
	}
	host->pass->unref(rest);
	host->tensor->unref(changed);
	return status;
}

/** The pass of the batch that the variants start from, with what goes around the layer */
static cnnviz_status run_original(const struct variants *variants, cnnviz_pass **pass)
{
	const struct cam *cam = variants->cam;
	const cnnviz_host *host = cam->host;
	int32_t layer = variants->features->layer;
	uint32_t sides = host->model->side_layers(cam->job, layer, CNNVIZ_LAYER_LOGITS, 0,
			NULL);
	int32_t *captures = calloc(sides + 2, sizeof(*captures));

	if (captures == NULL) {
		return host->fail(cam->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for variants");
	}
	captures[0] = layer;
	captures[1] = CNNVIZ_LAYER_LOGITS;
	host->model->side_layers(cam->job, layer, CNNVIZ_LAYER_LOGITS, sides,
			captures + 2);
	cnnviz_status status = host->pass->forward_only(cam->job, cam->batch->inputs,
			sides + 2, captures, pass);

	free(captures);
	return status;
}

/** The score of the item itself, among those of its batch */
static cnnviz_status score_original(const struct variants *variants,
		const cnnviz_pass *pass, double *original)
{
	const cnnviz_batch *batch = variants->cam->batch;
	double *scores = calloc(batch->count, sizeof(*scores));
	cnnviz_status status = scores != NULL
			? read_scores(variants, pass, batch, scores)
			: variants->cam->host->fail(variants->cam->job,
					CNNVIZ_ERROR_MEMORY, "out of memory for scores");

	if (status == CNNVIZ_OK) {
		*original = scores[variants->item];
	}
	free(scores);
	return status;
}

static cnnviz_status run_parts(const struct variants *variants, const cnnviz_pass *pass,
		const struct part *part, int64_t together, double *scores)
{
	const struct cam *cam = variants->cam;
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t first = 0; first < variants->count && status == CNNVIZ_OK;
			first += together) {
		int64_t left = variants->count - first;
		int64_t count = left < together ? left : together;

		status = cam->host->canceled(cam->job)
				? CNNVIZ_ERROR_CANCELED
				: run_part(variants, pass, part, first, count, scores);
		if (!cam->copies) { /* which report their own */
			cam->host->progress(cam->job,
					(uint64_t)(variants->item * variants->count
							+ first + count),
					(uint64_t)(cam->batch->count * variants->count));
		}
	}
	return status;
}

cnnviz_status variants_score(const struct variants *variants, double *original,
		double *scores)
{
	const struct cam *cam = variants->cam;
	int64_t together = cam->host->parameter->integer(cam->job, "variants_together");
	struct part part = { .items = NULL };
	cnnviz_pass *pass = NULL;
	cnnviz_status status = allocate(variants, together, &part)
			? run_original(variants, &pass)
			: cam->host->fail(cam->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for %lld variants at once",
					(long long)together);

	if (status == CNNVIZ_OK && original != NULL) {
		status = score_original(variants, pass, original);
	}
	if (status == CNNVIZ_OK) {
		status = run_parts(variants, pass, &part, together, scores);
	}
	cam->host->pass->unref(pass);
	free_part(&part);
	return status;
}

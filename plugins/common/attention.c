/**
 * \file    common/attention.c
 * \brief   What techniques on the weights of attentions have in common
 */
#include "common/attention.h"

#include <stdlib.h>
#include <string.h>

/* ---- What a network has -------------------------------------------------------- */

/** A layer as an attention; false if it is none */
static bool describe(const cnnviz_host *host, const cnnviz_job *job, int32_t layer,
		struct attention *attention)
{
	int64_t shape[CNNVIZ_MAX_RANK], grid[3];
	uint32_t rank = host->model->attention_shape(job, layer, shape);
	const int64_t *last = shape + rank;

	if (rank == 0) {
		return false;
	}
	*attention = (struct attention){ .layer = layer, .windows = 1 };
	attention->keys = last[-1];
	attention->queries = last[-2];
	attention->heads = last[-3];
	if (rank > 3) {
		attention->windows = last[-4];
	}
	if (attention->windows == 1
			&& host->model->attention_grid(job, layer, grid) != 0) {
		attention->whole = true;
		attention->class_tokens = grid[0];
		attention->height = grid[1];
		attention->width = grid[2];
	}
	return true;
}

cnnviz_status attentions_find(const cnnviz_host *host, cnnviz_job *job,
		struct attentions *found)
{
	int32_t count = host->model->layer_count(job);

	*found = (struct attentions){ 0 };
	found->all = calloc((size_t)count + 1, sizeof(*found->all));
	if (found->all == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory for layers");
	}
	for (int32_t layer = 1; layer < count; layer++) {
		found->count += describe(host, job, layer, &found->all[found->count]);
	}
	return found->count > 0
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"network %s has no attention, whose weights are "
					"shown here; take grad_cam, which needs none",
					host->model->name(job));
}

void attentions_free(struct attentions *attentions)
{
	free(attentions->all);
}

/* ---- Refusals ------------------------------------------------------------------ */

cnnviz_status attentions_require(const cnnviz_host *host, cnnviz_job *job,
		const struct attentions *attentions, const struct attention *attention)
{
	const char *name = host->model->layer_name(job, attention->layer);
	const struct attention *other = NULL;

	if (attention->whole) {
		return CNNVIZ_OK;
	}
	for (uint32_t i = 0; i < attentions->count; i++) {
		if (attentions->all[i].whole) {
			other = &attentions->all[i];
		}
	}
	return other != NULL ? host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
			       "layer %s attends among tokens whose places in the "
			       "picture "
			       "are not known, as those of windows; attention_map can "
			       "show the layer %s, and grad_cam every layer",
			       name, host->model->layer_name(job, other->layer))
			     : host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					     "layer %s attends among tokens whose "
					     "places in the picture are not known, as "
					     "those of windows, and so do all "
					     "attentions of this network; take "
					     "grad_cam, which shows its layers as maps",
					     name);
}

/** Refuse an attention whose tokens are not those of another one. */
static cnnviz_status require_same(const cnnviz_host *host, cnnviz_job *job,
		const struct attention *first, const struct attention *other)
{
	if (other->queries == first->keys && other->keys == first->keys) {
		return CNNVIZ_OK;
	}
	return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
			"layer %s attends from %ld tokens to %ld, where layer %s has %ld "
			"of both; attention_map shows one layer by itself",
			host->model->layer_name(job, other->layer), (long)other->queries,
			(long)other->keys, host->model->layer_name(job, first->layer),
			(long)first->keys);
}

cnnviz_status attentions_find_chain(const cnnviz_host *host, cnnviz_job *job,
		struct attentions *found)
{
	cnnviz_status status = attentions_find(host, job, found);

	for (uint32_t i = 0; i < found->count && status == CNNVIZ_OK; i++) {
		status = attentions_require(host, job, found, &found->all[i]);
		if (status == CNNVIZ_OK) {
			status = require_same(host, job, &found->all[0], &found->all[i]);
		}
	}
	return status;
}

cnnviz_status attentions_check_chain(const cnnviz_host *host, cnnviz_job *job)
{
	struct attentions attentions;
	cnnviz_status status = attentions_find_chain(host, job, &attentions);

	attentions_free(&attentions);
	return status;
}

/* ---- Passes -------------------------------------------------------------------- */

int32_t *attentions_captures(const struct attentions *attentions)
{
	int32_t *layers = calloc((size_t)attentions->count + 1, sizeof(*layers));

	for (uint32_t i = 0; layers != NULL && i < attentions->count; i++) {
		layers[i] = attentions->all[i].layer;
	}
	if (layers != NULL) {
		layers[attentions->count] = CNNVIZ_LAYER_LOGITS;
	}
	return layers;
}

/* ---- Rows of tokens ------------------------------------------------------------ */

void attention_start(const struct attention *attention, double *row)
{
	bool token = attention->class_tokens > 0;

	for (int64_t i = 0; i < attention->queries; i++) {
		row[i] = token ? i == 0 : 1 / (double)attention->queries;
	}
}

void attention_multiply(int64_t tokens, const double *row, const double *matrix,
		double *result)
{
	memset(result, 0, (size_t)tokens * sizeof(*result));
	for (int64_t i = 0; i < tokens; i++) {
		for (int64_t j = 0; j < tokens; j++) {
			result[j] += row[i] * matrix[i * tokens + j];
		}
	}
}

cnnviz_status attention_maps(const cnnviz_host *host, cnnviz_job *job, uint32_t count,
		const struct attention *attention, cnnviz_tensor **maps)
{
	const int64_t shape[] = { count, 1, attention->height, attention->width };

	return host->tensor->create(job, 4, shape, maps);
}

void attention_draw(const cnnviz_host *host, const struct attention *attention,
		const double *row, uint32_t n, cnnviz_tensor *maps)
{
	int64_t positions = attention->height * attention->width;
	float *map = host->tensor->mutable_data(maps) + n * positions;

	for (int64_t i = 0; i < positions; i++) {
		map[i] = (float)row[attention->class_tokens + i];
	}
}

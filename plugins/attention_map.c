/**
 * \file    attention_map.c
 * \brief   Attention of one layer: where its class token, or the mean token, looks
 *
 *     L_j = fuse_h fuse_i A_hij
 *
 * where A_h are the weights of head h of one attention, j the positions of the picture, and i
 * the class token or all tokens, of which the mean is taken; so it is of the heads, unless
 * one is chosen.
 *
 * M. Caron, H. Touvron, I. Misra, H. Jegou, J. Mairal, P. Bojanowski, A. Joulin: Emerging
 * Properties in Self-Supervised Vision Transformers. 2021, ICCV, arXiv:2104.14294, figure 1:
 * the class token's weights in the heads of the last layer.
 *
 * Weights say where a head looked, not what it made of that: no gradient is needed, and the
 * class makes no difference.
 */
#include <stdlib.h>
#include <string.h>

#include "common/attention.h"

/* In the order of enum from */
static const char *const froms[] = { "auto", "class", "mean", NULL };

enum from {
	AUTO,
	CLASS,
	MEAN,
};

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER,
			.summary = "attention that is shown; by default the last one" },
	{ "head", CNNVIZ_PARAMETER_INT, .minimum = 1, .maximum = 1024,
			.summary = "number of the head that is shown, from 1; by default "
				   "the mean of all" },
	{ "from", CNNVIZ_PARAMETER_ENUM, .default_value = "auto", .choices = froms,
			.summary = "whose weights are shown: the class token's, or the "
				   "mean of all tokens'; auto is the class token's where "
				   "there is one" },
};

/* ---- The layer ----------------------------------------------------------------- */

/** The attention of a layer; of none, the nearest one before it, or else the first */
static const struct attention *find_nearest(const struct attentions *attentions,
		int32_t layer)
{
	const struct attention *nearest = attentions->all;

	for (uint32_t i = 0; i < attentions->count; i++) {
		if (attentions->all[i].layer <= layer) {
			nearest = &attentions->all[i];
		}
	}
	return nearest;
}

/** The last attention that can be shown, or else the last one */
static const struct attention *find_last(const struct attentions *attentions)
{
	uint32_t i = attentions->count - 1;

	while (i > 0 && !attentions->all[i].whole) {
		i--;
	}
	return attentions->all[i].whole ? &attentions->all[i]
					: &attentions->all[attentions->count - 1];
}

static cnnviz_status choose_layer(const cnnviz_host *host, cnnviz_job *job,
		const struct attentions *attentions, const struct attention **chosen)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");

	if (!host->parameter->is_set(job, "layer")) {
		*chosen = find_last(attentions);
	} else {
		*chosen = find_nearest(attentions, layer);
		if ((*chosen)->layer != layer) {
			return host->fail(job, CNNVIZ_ERROR_INPUT,
					"layer %s is no attention; the one next to it is "
					"%s",
					host->parameter->text(job, "layer"),
					host->model->layer_name(job, (*chosen)->layer));
		}
	}
	return attentions_require(host, job, attentions, *chosen);
}

/** The attention to show, after all that can be said against it */
static cnnviz_status choose(const cnnviz_host *host, cnnviz_job *job,
		const struct attentions *attentions, const struct attention **chosen)
{
	cnnviz_status status = choose_layer(host, job, attentions, chosen);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (host->parameter->integer(job, "head") > (*chosen)->heads) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"head = %ld, but layer %s has %ld",
				(long)host->parameter->integer(job, "head"),
				host->model->layer_name(job, (*chosen)->layer),
				(long)(*chosen)->heads);
	}
	if (host->parameter->integer(job, "from") == CLASS
			&& (*chosen)->class_tokens == 0) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"from = class, but layer %s has no class token; take "
				"mean",
				host->model->layer_name(job, (*chosen)->layer));
	}
	return CNNVIZ_OK;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	const struct attention *chosen;
	struct attentions attentions;
	cnnviz_status status = attentions_find(host, job, &attentions);

	if (status == CNNVIZ_OK) {
		status = choose(host, job, &attentions, &chosen);
	}
	attentions_free(&attentions);
	return status;
}

/* ---- The map ------------------------------------------------------------------- */

/** Mean over the chosen heads and tokens of one item's weights */
static void add_up(const struct attention *attention, const float *A, int64_t head,
		bool mean, double *row)
{
	int64_t first = head > 0 ? head - 1 : 0;
	int64_t end = head > 0 ? head : attention->heads;
	int64_t rows = mean ? attention->queries : 1;
	double share = 1 / (double)((end - first) * rows);

	memset(row, 0, (size_t)attention->keys * sizeof(*row));
	for (int64_t h = first; h < end; h++) {
		const float *weights = A + h * attention->queries * attention->keys;

		for (int64_t i = 0; i < rows * attention->keys; i++) {
			row[i % attention->keys] += share * (double)weights[i];
		}
	}
}

static cnnviz_status show(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct attention *attention,
		cnnviz_tensor **maps)
{
	int64_t from = host->parameter->integer(job, "from");
	bool mean = from == MEAN || (from == AUTO && attention->class_tokens == 0);
	double *row = calloc((size_t)attention->keys, sizeof(*row));
	cnnviz_tensor *weights = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = row != NULL
			? host->pass->forward_only(job, batch->inputs, 1,
					&attention->layer, &pass)
			: host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory for a row");

	if (status == CNNVIZ_OK) {
		status = host->pass->attention(job, pass, attention->layer, &weights);
	}
	if (status == CNNVIZ_OK) {
		status = attention_maps(host, job, batch->count, attention, maps);
	}
	for (uint32_t n = 0; status == CNNVIZ_OK && n < batch->count; n++) {
		int64_t size = attention->heads * attention->queries * attention->keys;

		add_up(attention, host->tensor->data(weights) + n * size,
				host->parameter->integer(job, "head"), mean, row);
		attention_draw(host, attention, row, n, *maps);
	}
	host->tensor->unref(weights);
	host->pass->unref(pass);
	free(row);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const struct attention *chosen;
	struct attentions attentions;
	cnnviz_status status = attentions_find(host, job, &attentions);

	if (status == CNNVIZ_OK) {
		status = choose(host, job, &attentions, &chosen);
	}
	if (status == CNNVIZ_OK) {
		status = show(host, job, batch, chosen, maps);
	}
	attentions_free(&attentions);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("attention_map", "1.0"),
	.summary = "Attention of one layer: where its class token, or the mean token, "
		   "looks",
	.description = "Shows the weights of one attention of a transformer, of one head "
		       "or the mean of all, from the class token or from all tokens.",
	.reference = "Caron et al. 2021, Emerging Properties in Self-Supervised Vision "
		     "Transformers, ICCV, arXiv:2104.14294",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = check,
	.family = CNNVIZ_FAMILY_ATTENTION,
};

CNNVIZ_PLUGIN(technique)

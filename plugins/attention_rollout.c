/**
 * \file    attention_rollout.c
 * \brief   Attention rollout: which tokens the class token is made of, layer by layer
 *
 *     A_l' = (1 - r) fuse_h A_lh + r I,  rows divided by their sums
 *     R    = A_L' ... A_2' A_1'
 *
 * where A_lh are the weights of head h of attention l, r is `residual` and fuse one of
 * mean, largest and smallest. The map is the row of R of the class token, or the mean of all
 * rows in a network without one, at the positions of the picture. Only that row is computed,
 * from the last layer to the first.
 *
 * S. Abnar, W. Zuidema: Quantifying Attention Flow in Transformers. 2020, ACL,
 * arXiv:2005.00928, section 3, equation 1.
 *
 * As in the paper: the mean of the heads, half of each row for what goes around the attention,
 * and nothing left out. J. Gildenblat's vit-explain, for pictures, adds other fusions and
 * leaves out the smallest weights of each layer, `discard_ratio` of all; it keeps the one
 * from the class token to itself, which is not kept here.
 */
#include <stdlib.h>
#include <string.h>

#include "common/attention.h"

/* In the order of enum fusion */
static const char *const fusions[] = { "mean", "max", "min", NULL };

enum fusion {
	MEAN,
	MAX,
	MIN,
};

static const cnnviz_parameter parameters[] = {
	{ "head_fusion", CNNVIZ_PARAMETER_ENUM, .default_value = "mean",
			.choices = fusions,
			.summary = "what becomes of the weights of a layer's heads: "
				   "their "
				   "mean, largest or smallest" },
	{ "discard_ratio", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 0.999,
			.summary = "share of each layer's weights, the smallest ones, "
				   "that are taken as 0" },
	{ "residual", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.5", .minimum = 0.001,
			.maximum = 0.999,
			.summary = "share of a token that goes around each attention "
				   "unchanged" },
};

/** Values of the parameters, and room for one layer */
struct rollout {
	enum fusion fusion;
	double discard_ratio, residual;
	int64_t tokens;
	double *matrix; /* tokens * tokens */
	double *sorted; /* likewise */
};

/** Fuse the heads of one item into the matrix. */
static void fuse_heads(const struct rollout *rollout, const float *A, int64_t heads)
{
	int64_t size = rollout->tokens * rollout->tokens;

	for (int64_t i = 0; i < size; i++) {
		double fused = (double)A[i];

		for (int64_t h = 1; h < heads; h++) {
			double weight = (double)A[h * size + i];

			fused = rollout->fusion == MEAN ? fused + weight
					: rollout->fusion == MAX
					? (weight > fused ? weight : fused)
					: weight < fused ? weight
							 : fused;
		}
		rollout->matrix[i] = rollout->fusion == MEAN ? fused / (double)heads
							     : fused;
	}
}

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

/** Set the smallest weights of the matrix to zero. */
static void discard(const struct rollout *rollout)
{
	int64_t size = rollout->tokens * rollout->tokens;
	int64_t count = (int64_t)(rollout->discard_ratio * (double)size);

	if (count == 0) {
		return;
	}
	memcpy(rollout->sorted, rollout->matrix, (size_t)size * sizeof(double));
	qsort(rollout->sorted, (size_t)size, sizeof(double), compare);
	for (int64_t i = 0; i < size; i++) {
		if (rollout->matrix[i] < rollout->sorted[count]) {
			rollout->matrix[i] = 0;
		}
	}
}

/** Add what goes around the attention, and let each row sum to 1. */
static void add_residual(const struct rollout *rollout)
{
	int64_t tokens = rollout->tokens;

	for (int64_t i = 0; i < tokens; i++) {
		double *row = rollout->matrix + i * tokens;
		double sum = 0;

		for (int64_t j = 0; j < tokens; j++) {
			row[j] *= 1 - rollout->residual;
		}
		row[i] += rollout->residual;
		for (int64_t j = 0; j < tokens; j++) {
			sum += row[j];
		}
		for (int64_t j = 0; j < tokens; j++) {
			row[j] /= sum;
		}
	}
}

/** Take the rows of all items one layer down. */
static cnnviz_status roll_layer(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_pass *pass, const struct attention *attention,
		const struct rollout *rollout, uint32_t count, double *rows)
{
	int64_t tokens = rollout->tokens;
	double *row = rollout->sorted; /* free again by then */
	cnnviz_tensor *weights = NULL;
	cnnviz_status status = host->pass->attention(job, pass, attention->layer,
			&weights);

	for (uint32_t n = 0; status == CNNVIZ_OK && n < count; n++) {
		fuse_heads(rollout,
				host->tensor->data(weights)
						+ n * attention->heads * tokens * tokens,
				attention->heads);
		discard(rollout);
		add_residual(rollout);
		memcpy(row, rows + n * tokens, (size_t)tokens * sizeof(*row));
		attention_multiply(tokens, row, rollout->matrix, rows + n * tokens);
	}
	host->tensor->unref(weights);
	return status;
}

/** Run the pass and roll through all layers, from the last one. */
static cnnviz_status roll(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct attentions *attentions,
		const struct rollout *rollout, double *rows)
{
	const struct attention *last = &attentions->all[attentions->count - 1];
	int32_t *layers = attentions_captures(attentions);
	cnnviz_pass *pass = NULL;
	cnnviz_status status = layers != NULL
			? host->pass->forward_only(job, batch->inputs, attentions->count,
					layers, &pass)
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for layers");

	for (uint32_t n = 0; n < batch->count; n++) {
		attention_start(last, rows + n * last->keys);
	}
	for (uint32_t i = attentions->count; status == CNNVIZ_OK && i-- > 0;) {
		status = roll_layer(host, job, pass, &attentions->all[i], rollout,
				batch->count, rows);
	}
	host->pass->unref(pass);
	free(layers);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_parameter_api *values = host->parameter;
	struct rollout rollout = {
		.fusion = (enum fusion)values->integer(job, "head_fusion"),
		.discard_ratio = values->real(job, "discard_ratio"),
		.residual = values->real(job, "residual"),
	};
	struct attentions attentions;
	double *rows = NULL;
	cnnviz_tensor *made = NULL;
	cnnviz_status status = attentions_find_chain(host, job, &attentions);

	if (status == CNNVIZ_OK) {
		rollout.tokens = attentions.all[0].keys;
		rollout.matrix = calloc((size_t)(2 * rollout.tokens * rollout.tokens),
				sizeof(double));
		rows = calloc((size_t)(batch->count * rollout.tokens), sizeof(*rows));
		if (rollout.matrix == NULL || rows == NULL) {
			status = host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for weights");
		}
	}
	if (status == CNNVIZ_OK) {
		rollout.sorted = rollout.matrix + rollout.tokens * rollout.tokens;
		status = roll(host, job, batch, &attentions, &rollout, rows);
	}
	if (status == CNNVIZ_OK) {
		status = attention_maps(host, job, batch->count, attentions.all, &made);
	}
	for (uint32_t n = 0; status == CNNVIZ_OK && n < batch->count; n++) {
		attention_draw(host, attentions.all, rows + n * rollout.tokens, n, made);
	}
	if (status == CNNVIZ_OK) {
		*maps = made;
	}
	free(rows);
	free(rollout.matrix);
	attentions_free(&attentions);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("attention_rollout", "1.0"),
	.summary = "Attention rollout: what the class token is made of, layer by layer",
	.description = "Multiplies the attention weights of all layers of a transformer, "
		       "with half of each token passing every layer by. Needs no "
		       "gradient, "
		       "and says nothing of a class.",
	.reference = "Abnar, Zuidema 2020, Quantifying Attention Flow in Transformers, "
		     "ACL, "
		     "arXiv:2005.00928",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = attentions_check_chain,
	.family = CNNVIZ_FAMILY_ATTENTION,
};

CNNVIZ_PLUGIN(technique)

/**
 * \file    attention_grad.c
 * \brief   Attention by gradients: which tokens the class's score was read from
 *
 *     A_l' = mean_h max(0, A_lh * d y^c / d A_lh)
 *     R    = (I + A_L') ... (I + A_2') (I + A_1')
 *
 * where A_lh are the weights of head h of attention l and y^c the logit of the class. The map
 * is the row of R of the class token, or the mean of all rows in a network without one, at
 * the positions of the picture. Only that row is computed, from the last layer to the first.
 *
 * H. Chefer, S. Gur, L. Wolf: Generic Attention-model Explainability for Interpreting
 * Bi-Modal and Encoder-Decoder Transformers. 2021, ICCV, arXiv:2103.15679, equations 5 and 6
 * (R = R + A' R, from the first layer on).
 *
 * As in the paper and the authors' program, for self-attention alone.
 */
#include <stdlib.h>

#include "common/attention.h"

/** What one call computes with */
struct relevance {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	struct attentions attentions;
	int32_t *layers;           /* and the logits behind them */
	cnnviz_tensor **gradients; /* of each layer's weights */
	int64_t tokens;
	double *matrix; /* tokens * tokens */
	double *rows;   /* of each input, and one more */
};

static cnnviz_status find_gradients(const struct relevance *self, cnnviz_pass *pass)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = self->host;
	const cnnviz_tensor *scores = host->pass->activation(pass, logits);
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = scores != NULL ? host->objective->batch_logit(self->job,
					       self->batch, scores, NULL, &seed)
					      : CNNVIZ_ERROR_ENGINE;

	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *const seeds[] = { seed };

		status = host->pass->attention_gradients(self->job, pass, 1, &logits,
				seeds, self->attentions.count, self->layers,
				self->gradients);
	}
	host->tensor->unref(seed);
	return status;
}

/** The matrix of one input: the mean over heads of what is positive */
static void fill_matrix(const struct relevance *self, int64_t heads, const float *A,
		const float *gradient)
{
	int64_t size = self->tokens * self->tokens;

	for (int64_t i = 0; i < size; i++) {
		double sum = 0;

		for (int64_t h = 0; h < heads; h++) {
			double product = (double)A[h * size + i]
					* (double)gradient[h * size + i];

			sum += product > 0 ? product : 0;
		}
		self->matrix[i] = sum / (double)heads;
	}
}

/** Take the rows of all inputs one layer down. */
static cnnviz_status pass_layer(const struct relevance *self, const cnnviz_pass *pass,
		uint32_t index)
{
	const struct attention *attention = &self->attentions.all[index];
	const cnnviz_tensor_api *tensor = self->host->tensor;
	int64_t size = attention->heads * self->tokens * self->tokens;
	double *product = self->rows + self->batch->count * self->tokens;
	cnnviz_tensor *weights = NULL;
	cnnviz_status status = self->host->pass->attention(self->job, pass,
			attention->layer, &weights);

	for (uint32_t n = 0; status == CNNVIZ_OK && n < self->batch->count; n++) {
		double *row = self->rows + n * self->tokens;

		fill_matrix(self, attention->heads, tensor->data(weights) + n * size,
				tensor->data(self->gradients[index]) + n * size);
		attention_multiply(self->tokens, row, self->matrix, product);
		for (int64_t i = 0; i < self->tokens; i++) {
			row[i] += product[i];
		}
	}
	tensor->unref(weights);
	return status;
}

static cnnviz_status prepare(struct relevance *self)
{
	uint32_t count = self->attentions.count;

	self->tokens = self->attentions.all[0].keys;
	self->layers = attentions_captures(&self->attentions);
	self->gradients = calloc(count, sizeof(cnnviz_tensor *));
	self->matrix = calloc((size_t)(self->tokens * self->tokens), sizeof(double));
	self->rows = calloc((size_t)((self->batch->count + 1) * self->tokens),
			sizeof(double));
	if (self->layers == NULL || self->gradients == NULL || self->matrix == NULL
			|| self->rows == NULL) {
		return self->host->fail(self->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for weights");
	}
	for (uint32_t n = 0; n < self->batch->count; n++) {
		attention_start(self->attentions.all, self->rows + n * self->tokens);
	}
	return CNNVIZ_OK;
}

static cnnviz_status compute(const struct relevance *self)
{
	cnnviz_pass *pass = NULL;
	cnnviz_status status = self->host->pass->forward(self->job, self->batch->inputs,
			self->attentions.count + 1, self->layers, &pass);

	if (status == CNNVIZ_OK) {
		status = find_gradients(self, pass);
	}
	for (uint32_t i = self->attentions.count; status == CNNVIZ_OK && i-- > 0;) {
		status = pass_layer(self, pass, i);
	}
	self->host->pass->unref(pass);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct relevance self = { .host = host, .job = job, .batch = batch };
	cnnviz_tensor *made = NULL;
	cnnviz_status status = attentions_find_chain(host, job, &self.attentions);

	if (status == CNNVIZ_OK) {
		status = prepare(&self);
	}
	if (status == CNNVIZ_OK) {
		status = compute(&self);
	}
	if (status == CNNVIZ_OK) {
		status = attention_maps(host, job, batch->count, self.attentions.all,
				&made);
	}
	for (uint32_t n = 0; status == CNNVIZ_OK && n < batch->count; n++) {
		attention_draw(host, self.attentions.all, self.rows + n * self.tokens, n,
				made);
	}
	if (status == CNNVIZ_OK) {
		*maps = made;
	}
	for (uint32_t i = 0; self.gradients != NULL && i < self.attentions.count; i++) {
		host->tensor->unref(self.gradients[i]);
	}
	free(self.gradients);
	free(self.layers);
	free(self.matrix);
	free(self.rows);
	attentions_free(&self.attentions);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("attention_grad", "1.0"),
	.summary = "Attention by gradients: which tokens the class's score was read from",
	.description = "Weights the attention of each head of a transformer by its "
		       "gradient, keeps what is evidence for the class, and adds it up "
		       "from layer to layer.",
	.reference = "Chefer, Gur, Wolf 2021, Generic Attention-model Explainability, "
		     "ICCV, "
		     "arXiv:2103.15679, equations 5 and 6",
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = attentions_check_chain,
	.family = CNNVIZ_FAMILY_ATTENTION,
};

CNNVIZ_PLUGIN(technique)

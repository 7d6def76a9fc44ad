/**
 * \file    common/attention.h
 * \brief   What techniques on the weights of attentions have in common
 *
 * The attentions of a network, refusals where there are none that can be shown, and the way
 * from the weights of a row of tokens to a map. Compiled into each plugin that uses it.
 */
#ifndef COMMON_ATTENTION_H
#define COMMON_ATTENTION_H

#include <stdbool.h>

#include <cnnviz/plugin.h>

/** One attention of a network */
struct attention {
	int32_t layer;
	bool whole; /* its tokens see one another, and where they lie is known */
	int64_t windows, heads, queries, keys;
	int64_t class_tokens, height, width; /* of the keys, if it is whole */
};

/** Attentions from input to output */
struct attentions {
	uint32_t count;
	struct attention *all;
};

/**
 * \brief   Find the attentions of the network
 *
 * \param   found   Freed by attentions_free(), also after a failure
 *
 * Errors: out of memory; CNNVIZ_ERROR_UNSUPPORTED where there are none.
 */
cnnviz_status attentions_find(const cnnviz_host *host, cnnviz_job *job,
		struct attentions *found);
void attentions_free(struct attentions *attentions);

/** \brief  Refuse an attention that is not whole, naming one that is, if there is any. */
cnnviz_status attentions_require(const cnnviz_host *host, cnnviz_job *job,
		const struct attentions *attentions, const struct attention *attention);

/**
 * \brief   attentions_find(), where weights can be multiplied from layer to layer
 *
 * Errors also: CNNVIZ_ERROR_UNSUPPORTED where an attention is not whole, or not all have the
 * same tokens, as queries and as keys.
 */
cnnviz_status attentions_find_chain(const cnnviz_host *host, cnnviz_job *job,
		struct attentions *found);

/** \brief  cnnviz_technique.check for those that need such a chain */
cnnviz_status attentions_check_chain(const cnnviz_host *host, cnnviz_job *job);

/** Captures of all attentions, and the logits behind them; NULL when out of memory */
int32_t *attentions_captures(const struct attentions *attentions);

/**
 * \brief   Where to start: a row that says how much each token counts for the picture
 *
 * The first class token alone, which the class is read from; without class tokens all tokens,
 * of which the mean is.
 *
 * \param   row     tokens numbers
 */
void attention_start(const struct attention *attention, double *row);

/** \brief  row * matrix into result, all of `tokens` extents */
void attention_multiply(int64_t tokens, const double *row, const double *matrix,
		double *result);

/**
 * \brief   New maps (N,1,height,width) of an attention's positions
 *
 * Errors: out of memory.
 */
cnnviz_status attention_maps(const cnnviz_host *host, cnnviz_job *job, uint32_t count,
		const struct attention *attention, cnnviz_tensor **maps);

/** \brief  Write the part of a row that is at positions into item n of the maps. */
void attention_draw(const cnnviz_host *host, const struct attention *attention,
		const double *row, uint32_t n, cnnviz_tensor *maps);

#endif

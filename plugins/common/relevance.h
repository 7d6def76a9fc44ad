/**
 * \file    common/relevance.h
 * \brief   Relevance of the input by rules of layers
 *
 * Compiled into each plugin that uses it.
 */
#ifndef COMMON_RELEVANCE_H
#define COMMON_RELEVANCE_H

#include <cnnviz/cnnviz.h>

/** What the logits' relevance begins with */
enum relevance_start {
	RELEVANCE_OF_LOGIT, /* the target's logit: what is shared sums to that */
	RELEVANCE_OF_ONE,   /* 1 at the target: multipliers, or probabilities */
};

struct relevance_request {
	const cnnviz_composite *composite;
	enum relevance_start start;
	int32_t layer;                  /* whose relevance is wanted */
	const cnnviz_tensor *reference; /* inputs that rules refer to, or NULL */
	bool changes; /* multiply by the change of the layer's values from the reference's */
};

/** Values of the targets' logits, of the inputs and of the reference; N each, or NULL */
struct relevance_scores {
	double *of_inputs;
	double *of_reference;
};

/**
 * \brief   Go back from the targets of a batch to a layer
 *
 * \param   relevance   Receives a new tensor in the shape of the layer's activation
 * \param   scores      Filled in, or NULL
 *
 * \return  CNNVIZ_OK, or what host->rule or host->objective has failed with.
 */
cnnviz_status relevance_find(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct relevance_request *request,
		cnnviz_tensor **relevance, const struct relevance_scores *scores);

#endif

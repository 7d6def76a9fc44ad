/**
 * \file    evaluate/sanity.h
 * \brief   Networks that know less and less (Adebayo et al. 2018, arXiv 1810.03292)
 *
 * Section 3.1, cascading randomization: from the logits to the input, one layer more in
 * each stage has its weights replaced by random ones. A map that depends on what the
 * network has learned must change with them.
 */
#ifndef EVALUATE_SANITY_H
#define EVALUATE_SANITY_H

#include "graph/graph.h"
#include "weights/weights.h"

struct sanity_cascade {
	const struct graph *trained;
	struct graph random;     /* the same layers, all of them random */
	struct weights *weights; /* those of random */
	int32_t *stages;         /* first node that stage i makes random */
	size_t count;
};

/**
 * \brief   Find the stages and make up the weights, as `weights = random` does
 *
 * A layer is a convolution or a linear layer with the batch norms that directly follow
 * it; a batch norm that follows none is a layer itself.
 *
 * \param   most    Stages at most; with more layers several go together
 */
cnnviz_status sanity_start(const struct graph *trained, uint64_t seed, size_t most,
		struct sanity_cascade *cascade, struct error *error);

/**
 * \brief   The network of a stage: trained below the stage's first node, random above
 *
 * Borrows both; neither is changed. Give up with sanity_graph_free() before the cascade.
 */
struct graph *sanity_graph(const struct sanity_cascade *cascade, size_t stage);
void sanity_graph_free(struct graph *graph);

/** Name of the layer that a stage comes down to */
const char *sanity_stage_name(const struct sanity_cascade *cascade, size_t stage);

void sanity_end(struct sanity_cascade *cascade);

#endif

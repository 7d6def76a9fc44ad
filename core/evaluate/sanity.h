/**
 * \file    evaluate/sanity.h
 * \brief   Networks with more and more randomized layers (Adebayo et al. 2018, arXiv
 *                     1810.03292)
 *
 * Section 3.1, cascading randomization: from the logits to the input, each stage
 * replaces the weights of one more layer by random ones. A map that depends on what the
 * network has learned must change.
 */
#ifndef EVALUATE_SANITY_H
#define EVALUATE_SANITY_H

#include "graph/graph.h"
#include "weights/weights.h"

struct sanity_cascade {
	const struct graph *trained;
	struct graph random;     /* the same layers with random weights */
	struct weights *weights; /* of the random graph */
	int32_t *stages;         /* first node that stage i randomizes */
	size_t count;
};

/**
 * \brief   Find the stages and create the weights as `weights = random` does
 *
 * A layer is a convolution or a linear layer with the batch norms that directly follow
 * it; any other batch norm is a layer itself.
 *
 * \param   most    Largest number of stages; if there are more layers, a stage adds
 *                     several
 */
cnnviz_status sanity_start(const struct graph *trained, uint64_t seed, size_t most,
		struct sanity_cascade *cascade, struct error *error);

/**
 * \brief   Create the network of a stage: trained before the stage's first node, random
 *                     from there on
 *
 * It borrows from both networks and changes neither. Free it with sanity_graph_free()
 * before the cascade.
 */
struct graph *sanity_graph(const struct sanity_cascade *cascade, size_t stage);
void sanity_graph_free(struct graph *graph);

/** Name of the last layer that a stage randomizes */
const char *sanity_stage_name(const struct sanity_cascade *cascade, size_t stage);

void sanity_end(struct sanity_cascade *cascade);

#endif

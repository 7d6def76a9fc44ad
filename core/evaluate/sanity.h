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

#include "graph/randomize.h"

struct sanity_cascade {
	const struct graph *trained;
	struct random_graph random; /* the same layers with random weights */
	int32_t *stages;            /* first node that stage i randomizes */
	size_t count;
};

/**
 * \brief   Find the stages and create the weights as `weights = random` does
 *
 * Layers are those of graph_weighted_layers().
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
 * It borrows from both networks and changes neither. Free it with graph_view_free()
 * before the cascade.
 */
struct graph *sanity_graph(const struct sanity_cascade *cascade, size_t stage);

/** Name of the last layer that a stage randomizes */
const char *sanity_stage_name(const struct sanity_cascade *cascade, size_t stage);

void sanity_end(struct sanity_cascade *cascade);

#endif

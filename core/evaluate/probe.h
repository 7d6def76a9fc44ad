/**
 * \file    evaluate/probe.h
 * \brief   Asks the network about changed pictures, in full batches
 *
 * What all measures of all maps of a batch of pictures want to ask is lined up, so that
 * one forward pass may have pictures of several of them.
 */
#ifndef EVALUATE_PROBE_H
#define EVALUATE_PROBE_H

#include "engine/engine.h"
#include "evaluate/map_case.h"
#include "evaluate/steps.h"

/** The network that is asked */
struct probe_network {
	const struct engine *engine;
	struct engine_network *network;
	int32_t logits; /* node of the logits */
	enum activation activation;
	size_t batch; /* number of pictures in one forward pass */
};

struct prober;

/** \param   shape   (1,C,H,W), of a picture */
struct prober *prober_create(const struct probe_network *network, const int64_t *shape);

/** \param   map     Must outlive the prober */
void prober_add(struct prober *prober, const struct probe *probe,
		const struct map_case *map);

/** Number of pictures that were added */
size_t prober_total(const struct prober *prober);

/**
 * \brief   Ask about all pictures that were added, and set the values of their maps
 *
 * \param   steps   Is moved on by one for each picture
 */
cnnviz_status prober_run(struct prober *prober, struct judge_steps *steps,
		struct error *error);

void prober_free(struct prober *prober);

#endif

/**
 * \file    evaluate/curve.h
 * \brief   Deletion and insertion (Petsiuk, Das, Saenko 2018, RISE, arXiv 1806.07421)
 *
 * Section 4.3: pixels are taken out of a picture, or put into a blurred one, in the
 * order of a map's values, and the network's probability of the class is followed. A
 * good map makes it fall soon, and rise soon.
 */
#ifndef EVALUATE_CURVE_H
#define EVALUATE_CURVE_H

#include "engine/engine.h"

/** What probabilities are asked of */
struct curve_network {
	const struct engine *engine;
	struct engine_network *network;
	int32_t logits; /* node */
	int64_t batch;  /* pictures that go through together */
};

/** A picture and what is done to it */
struct curve_subject {
	const cnnviz_tensor *input;   /* (1,C,H,W), normalized */
	const cnnviz_tensor *blurred; /* likewise */
	int64_t target;
	const unsigned char *inside; /* of a segmentation network, the places of the
	                                 * logits that count; else NULL */
	const int64_t *order;        /* its H*W pixels, the most important first */
	size_t steps;                /* at least 1 */
};

/**
 * \brief   Pixels by falling value
 *
 * Equal values come in an order of chance, which seed and stream fix, so that where a
 * map says nothing, pixels do not go from top to bottom.
 */
int64_t *curve_order(const float *plane, int64_t count, uint64_t seed, uint64_t stream);

/** (1,C,H,W) blurred by a Gaussian, edges repeated by reflection; NULL without memory */
cnnviz_tensor *curve_blur(const cnnviz_tensor *input, double deviation);

/**
 * \brief   Probabilities of the target after 0 to steps parts of the pixels
 *
 * Deleted pixels become 0, which is the mean color. After step k, round(k / steps *
 * H * W) pixels are deleted or inserted.
 *
 * \param   deletion, insertion     steps + 1 places
 */
cnnviz_status curve_measure(const struct curve_network *network,
		const struct curve_subject *subject, double *deletion, double *insertion,
		struct error *error);

#endif

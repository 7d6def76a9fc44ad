/**
 * \file    evaluate/curve.h
 * \brief   Deletion and insertion (Petsiuk, Das, Saenko 2018, RISE, arXiv 1806.07421)
 *
 * Section 4.3: pixels are deleted from a picture, or inserted into a blurred one, in
 * the order of a map's values, while the network's probability of the class is
 * measured. With a good map it falls early, or rises early.
 */
#ifndef EVALUATE_CURVE_H
#define EVALUATE_CURVE_H

#include "engine/engine.h"

/** The network that gives the probabilities */
struct curve_network {
	const struct engine *engine;
	struct engine_network *network;
	int32_t logits; /* node of the logits */
	enum activation activation;
	int64_t batch; /* number of pictures in one forward pass */
};

/** A picture and the order in which its pixels are changed */
struct curve_subject {
	const cnnviz_tensor *input;   /* (1,C,H,W), normalized */
	const cnnviz_tensor *blurred; /* the same, blurred */
	int64_t target;
	const unsigned char *inside; /* positions of logits that count; NULL: all */
	const int64_t *order;        /* its H*W pixels, the most important first */
	size_t steps;                /* at least 1 */
};

/**
 * \brief   Order pixels by descending value
 *
 * Equal values are ordered randomly, depending on seed and stream only, so that
 * constant areas of a map are not ordered from top to bottom.
 */
int64_t *curve_order(const float *plane, int64_t count, uint64_t seed, uint64_t stream);

/** (1,C,H,W) blurred by a Gaussian, mirrored at the edges; NULL when out of memory */
cnnviz_tensor *curve_blur(const cnnviz_tensor *input, double deviation);

/**
 * \brief   Measure the probability of the target after 0 to steps parts of the pixels
 *
 * Deleted pixels become 0, which is the mean color. After step k, round(k / steps *
 * H * W) pixels are deleted or inserted.
 *
 * \param   deletion, insertion     Arrays of steps + 1 values
 */
cnnviz_status curve_measure(const struct curve_network *network,
		const struct curve_subject *subject, double *deletion, double *insertion,
		struct error *error);

#endif

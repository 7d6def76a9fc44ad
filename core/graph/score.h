/**
 * \file    graph/score.h
 * \brief   Common objectives of one item: its value, and its gradient
 */
#ifndef GRAPH_SCORE_H
#define GRAPH_SCORE_H

#include "graph/logits.h"

/** The score of a class */
enum score {
	SCORE_LOGIT,           /* sum over the region */
	SCORE_PROBABILITY,     /* mean over the region */
	SCORE_LOG_PROBABILITY, /* mean over the region */
};

/** What the score of a class depends on, and where its gradient goes, for one item */
struct score_item {
	const cnnviz_tensor *logits;
	size_t n;
	int64_t target;
	enum activation activation;
	const unsigned char
			*inside; /* for each position, whether it counts; at least one */
	float *gradient; /* zeros in the shape of the item's logits; NULL: not wanted */
};

double score_class(const struct score_item *item, enum score score);

/**
 * \brief   Mean of count values
 *
 * \param   gradient    Receives that of each value; NULL: not wanted
 */
double score_mean(const float *values, int64_t count, float *gradient);

/** \brief  Half the squared Euclidean norm of count values; gradient as above */
double score_half_squared_norm(const float *values, int64_t count, float *gradient);

/**
 * \brief   Cosine of the angle between two rows of count values; 0 where one is zero
 *
 * \param   gradient    Receives that with respect to the first one; NULL: not wanted
 */
double score_similarity(const float *values, const float *reference, int64_t count,
		float *gradient);

#endif

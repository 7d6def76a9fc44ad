/**
 * \file    graph/logits.h
 * \brief   Evaluates logits: classes, their probabilities and their positions
 *
 * Those of a classifier are (N,classes), those of a segmentation network (N,classes,
 * h,w): one logit for each class and position. All functions here accept both; a
 * classifier's item has one position.
 */
#ifndef GRAPH_LOGITS_H
#define GRAPH_LOGITS_H

#include <cnnviz/types.h>

/** A class of one picture, as shown by `cnnviz classify` */
struct classification {
	int64_t index;
	double logit;       /* for a segmentation network: summed over a region */
	double probability; /* softmax, or its mean over a region */
	double area;        /* share of the positions where it is the best class */
};

/** Whether logits have height and width */
bool logits_are_dense(const cnnviz_tensor *logits);

/** Number of positions: h * w, or 1 */
int64_t logits_positions(const cnnviz_tensor *logits);

/**
 * \brief   Best class at every position of one item
 *
 * \param   labels  Array of logits_positions() labels; of equal logits the lower class
 */
void logits_labels(const cnnviz_tensor *logits, size_t n, int32_t *labels);

/**
 * \brief   Softmax over the classes at one position of one item
 *
 * \return  Its natural logarithm for one class, accurate even if the probability
 *                     underflows
 */
double logits_log_softmax(const cnnviz_tensor *logits, size_t n, int64_t position,
		int64_t index);

/**
 * \brief   Softmax over the classes, at every place of every item
 *
 * \param   probabilities   As many as there are logits, in their order
 */
void logits_softmax(const cnnviz_tensor *logits, float *probabilities);

/**
 * \brief   Best classes of one item
 *
 * For a classifier, those with the highest logits; of equal ones the lower class first.
 * For a segmentation network, those that are the best class at the most positions, then
 * the background (class 0) if it is the best anywhere, then the others by mean
 * probability: so the first one is the background only if there is nothing else. Logit
 * and probability are taken over the places of the class, or all where it has none.
 *
 * \param   top     At most the number of classes
 * \param   results top places, best first
 */
void logits_rank(const cnnviz_tensor *logits, size_t n, size_t top,
		struct classification *results);

/**
 * \brief   One class of one item
 *
 * \param   inside  For each position whether it counts, at least one; NULL for all
 */
struct classification logits_class(const cnnviz_tensor *logits, size_t n, int64_t index,
		const unsigned char *inside);

#endif

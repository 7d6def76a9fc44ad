/**
 * \file    graph/logits.h
 * \brief   What logits say: classes, their probabilities, and where they are
 *
 * Those of a classifier are (N,classes), those of a segmentation network (N,classes,
 * h,w): one logit for each class and place. Everything here takes either; a
 * classifier's item has one place.
 */
#ifndef GRAPH_LOGITS_H
#define GRAPH_LOGITS_H

#include <cnnviz/types.h>

/** A class of one picture, as `cnnviz classify` tells it */
struct classification {
	int64_t index;
	double logit;       /* of a segmentation network: summed over a region */
	double probability; /* softmax; of a segmentation network: mean over the region */
	double area;        /* share of the places whose best class it is */
};

/** Whether logits have height and width */
bool logits_are_dense(const cnnviz_tensor *logits);

/** Number of places: h * w, or 1 */
int64_t logits_places(const cnnviz_tensor *logits);

/**
 * \brief   Best class of every place of one item
 *
 * \param   labels  logits_places() places to fill; of equal logits the lower class
 */
void logits_labels(const cnnviz_tensor *logits, size_t n, int32_t *labels);

/**
 * \brief   Softmax over the classes at one place of one item
 *
 * \return  Its natural logarithm for one class, exact where the probability underflows
 */
double logits_log_softmax(const cnnviz_tensor *logits, size_t n, int64_t place,
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
 * Of a classifier those with the highest logits; of equal ones the lower class first.
 * Of a segmentation network those that are the best class of the most places, then the
 * background (class 0) if it is of any, then the others by their mean probability: so
 * the first one is the background only where there is nothing else. Logit and
 * probability are taken over the places of the class, or all where it has none.
 *
 * \param   top     At most the number of classes
 * \param   results top places, best first
 */
void logits_rank(const cnnviz_tensor *logits, size_t n, size_t top,
		struct classification *results);

/**
 * \brief   One class of one item
 *
 * \param   inside  For each place whether it counts, at least one; NULL for all
 */
struct classification logits_class(const cnnviz_tensor *logits, size_t n, int64_t index,
		const unsigned char *inside);

#endif

/**
 * \file    graph/logits.h
 * \brief   Evaluates logits: classes, their probabilities and their positions
 *
 * Those of a classifier are (N,classes), those of a segmentation network (N,classes,
 * h,w): one logit for each class and position. All functions here accept both; a
 * classifier's item has one position. A target is a class, or CNNVIZ_NOT() of one.
 */
#ifndef GRAPH_LOGITS_H
#define GRAPH_LOGITS_H

#include <cnnviz/host.h>

/** How logits become probabilities */
enum activation {
	ACTIVATION_DEFAULT, /* of a network that does not say: see logits_activation() */
	ACTIVATION_SOFTMAX, /* one of the classes is there */
	ACTIVATION_SIGMOID, /* each class is there or not */
};

/** Words for the activations from ACTIVATION_SOFTMAX on, NULL-terminated */
extern const char *const activation_names[];

/** A class of one picture, as shown by `cnnviz classify` */
struct classification {
	int64_t index;      /* a target */
	double logit;       /* for a segmentation network: summed over a region */
	double probability; /* or its mean over a region */
	double area;        /* share of the positions where it is the best class */
	double box[4];      /* of a detector: left, top, width, height in pixels */
};

/** Whether logits have height and width */
bool logits_are_dense(const cnnviz_tensor *logits);

/** Number of positions: h * w, or 1 */
int64_t logits_positions(const cnnviz_tensor *logits);

/** Whether a target is one of so many classes, or not one of them */
bool logits_have_target(int64_t classes, int64_t target);

/** The activation of a network that does not say: a sigmoid for a single logit */
enum activation logits_activation(int64_t classes);

/**
 * \brief   Best class at every position of one item
 *
 * \param   labels  Array of logits_positions() labels; of equal logits the lower class.
 *                  A single class is the best where its logit is above 0; elsewhere
 *                  the label is -1.
 */
void logits_labels(const cnnviz_tensor *logits, size_t n, int32_t *labels);

/**
 * \brief   Natural logarithm of the probability of a target at one position of one item
 *
 * Accurate even if the probability underflows.
 *
 * \param   gradient    NULL, or receives the derivative with respect to the logit of
 *                      class 0; that of the next class is logits_positions() elements
 *                      later
 */
double logits_log_probability(const cnnviz_tensor *logits, size_t n, int64_t position,
		int64_t target, enum activation activation, float *gradient);

/**
 * \brief   Probabilities of the classes, at every place of every item
 *
 * \param   probabilities   As many as there are logits, in their order
 */
void logits_probabilities(const cnnviz_tensor *logits, enum activation activation,
		float *probabilities);

/** Number of targets that logits_rank() can tell: the classes, or both sides of one */
int64_t logits_outcomes(int64_t classes, bool dense);

/**
 * \brief   Best classes of one item
 *
 * For a classifier, those with the highest logits; of equal ones the lower class first.
 * If it has one class, that and its negative side. For a segmentation network, those
 * that are the best class at the most positions, then the background (class 0) if it is
 * the best anywhere, then the others by mean probability: so the first one is the
 * background only if there is nothing else. Logit and probability are taken over the
 * places of the class, or all where it has none.
 *
 * \param   top     At most logits_outcomes()
 * \param   results top places, best first
 */
void logits_rank(const cnnviz_tensor *logits, size_t n, enum activation activation,
		size_t top, struct classification *results);

/**
 * \brief   One target of one item
 *
 * \param   inside  For each position whether it counts, at least one; NULL for all
 */
struct classification logits_class(const cnnviz_tensor *logits, size_t n, int64_t target,
		enum activation activation, const unsigned char *inside);

#endif

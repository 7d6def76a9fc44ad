/**
 * \file    graph/logits.c
 * \brief   Evaluates logits: classes, their probabilities and their positions
 */
#include "graph/logits.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"

const char *const activation_names[] = { "softmax", "sigmoid", NULL };

bool logits_are_dense(const cnnviz_tensor *logits)
{
	return tensor_rank(logits) == 4;
}

int64_t logits_positions(const cnnviz_tensor *logits)
{
	const int64_t *shape = tensor_shape(logits);

	return logits_are_dense(logits) ? shape[2] * shape[3] : 1;
}

static int64_t class_total(const cnnviz_tensor *logits)
{
	return tensor_shape(logits)[1];
}

/**
 * Logit of class 0 at one position; that of the next class is logits_positions()
 * elements later
 */
static const float *column(const cnnviz_tensor *logits, size_t n, int64_t position)
{
	return tensor_data(logits)
			+ (int64_t)n * class_total(logits) * logits_positions(logits)
			+ position;
}

bool logits_have_target(int64_t classes, int64_t target)
{
	return CNNVIZ_CLASS_OF(target) >= 0 && CNNVIZ_CLASS_OF(target) < classes;
}

enum activation logits_activation(int64_t classes)
{
	return classes == 1 ? ACTIVATION_SIGMOID : ACTIVATION_SOFTMAX;
}

/**
 * The best class at a position; of equal logits the lower one. A single class has a
 * logit above 0 where it is there; elsewhere none is, and the result is -1.
 */
static int64_t best_class(const cnnviz_tensor *logits, size_t n, int64_t position)
{
	const float *values = column(logits, n, position);
	int64_t step = logits_positions(logits), count = class_total(logits), best = 0;

	if (count == 1) {
		return values[0] > 0 ? 0 : -1;
	}
	for (int64_t c = 1; c < count; c++) {
		if (values[c * step] > values[best * step]) {
			best = c;
		}
	}
	return best;
}

void logits_labels(const cnnviz_tensor *logits, size_t n, int32_t *labels)
{
	int64_t positions = logits_positions(logits);

	for (int64_t i = 0; i < positions; i++) {
		labels[i] = (int32_t)best_class(logits, n, i);
	}
}

/* ---- Probabilities ----------------------------------------------------------- */

/** The logits at one position, which are step apart */
struct scores {
	const float *values;
	int64_t count, step;
	enum activation activation;
};

static struct scores scores_at(const cnnviz_tensor *logits, size_t n, int64_t position,
		enum activation activation)
{
	return (struct scores){ column(logits, n, position), class_total(logits),
		logits_positions(logits), activation };
}

/**
 * highest + rest is the logarithm of the sum of the exponentials of logits. They are
 * not added, since a large logit would swallow the rest.
 */
struct log_sum {
	double highest, rest;
};

/** Of all logits but one; -1: of all */
static struct log_sum log_sum(const struct scores *scores, int64_t without)
{
	double highest = -INFINITY, sum = 0;

	for (int64_t c = 0; c < scores->count; c++) {
		if (c != without) {
			highest = fmax(highest, scores->values[c * scores->step]);
		}
	}
	for (int64_t c = 0; c < scores->count; c++) {
		if (c != without) {
			sum += exp(scores->values[c * scores->step] - highest);
		}
	}
	return (struct log_sum){ highest, log(sum) };
}

/** log(1 / (1 + exp(-x))), without overflow */
static double log_sigmoid(double x)
{
	return fmin(x, 0) - log1p(exp(-fabs(x)));
}

/** Probability of a class; a softmax is over the logits of a sum */
static double class_probability(const struct scores *scores, int64_t index,
		const struct log_sum *sum)
{
	double value = scores->values[index * scores->step];

	return exp(scores->activation == ACTIVATION_SIGMOID
					? log_sigmoid(value)
					: value - sum->highest - sum->rest);
}

/** d log p_t / d z_t = 1 - p_t for a sigmoid, and -p_t for log(1 - p_t) */
static double sigmoid_target(const struct scores *scores, int64_t target, float *gradient)
{
	int64_t at = CNNVIZ_CLASS_OF(target) * scores->step;
	double sign = CNNVIZ_SIGN_OF(target), value = sign * scores->values[at];

	for (int64_t c = 0; gradient != NULL && c < scores->count; c++) {
		gradient[c * scores->step] = 0;
	}
	if (gradient != NULL) {
		gradient[at] = (float)(sign * exp(log_sigmoid(-value)));
	}
	return log_sigmoid(value);
}

/**
 * d log p_t / d z_c = [c = t] - p_c for a softmax. With q_c, the softmax among the other
 * classes, d log(1 - p_t) / d z_c = p_t q_c, and -p_t for c = t.
 */
static double softmax_target(const struct scores *scores, int64_t target, float *gradient)
{
	bool negated = CNNVIZ_IS_NOT(target);
	int64_t index = CNNVIZ_CLASS_OF(target);
	const struct log_sum all = log_sum(scores, -1);
	const struct log_sum others = negated ? log_sum(scores, index) : all;
	double likely = class_probability(scores, index, &all);

	for (int64_t c = 0; gradient != NULL && c < scores->count; c++) {
		double slope = !negated
				? (c == index) - class_probability(scores, c, &all)
				: c == index
				? -likely
				: likely * class_probability(scores, c, &others);

		gradient[c * scores->step] = (float)slope;
	}
	return negated ? others.highest - all.highest + others.rest - all.rest
		       : scores->values[index * scores->step] - all.highest - all.rest;
}

double logits_log_probability(const cnnviz_tensor *logits, size_t n, int64_t position,
		int64_t target, enum activation activation, float *gradient)
{
	const struct scores scores = scores_at(logits, n, position, activation);

	return activation == ACTIVATION_SIGMOID
			? sigmoid_target(&scores, target, gradient)
			: softmax_target(&scores, target, gradient);
}

void logits_probabilities(const cnnviz_tensor *logits, enum activation activation,
		float *probabilities)
{
	int64_t items = tensor_shape(logits)[0], positions = logits_positions(logits);

	for (int64_t i = 0; i < items * positions; i++) {
		int64_t n = i / positions, position = i % positions;
		const struct scores scores = scores_at(logits, (size_t)n, position,
				activation);
		const struct log_sum all = log_sum(&scores, -1);

		for (int64_t c = 0; c < scores.count; c++) {
			probabilities[(n * scores.count + c) * positions + position] =
					(float)class_probability(&scores, c, &all);
		}
	}
}

struct classification logits_class(const cnnviz_tensor *logits, size_t n, int64_t target,
		enum activation activation, const unsigned char *inside)
{
	struct classification result = { .index = target };
	int64_t positions = logits_positions(logits), count = 0, own = 0;
	int64_t index = CNNVIZ_CLASS_OF(target);

	for (int64_t i = 0; i < positions; i++) {
		own += (best_class(logits, n, i) == index) != CNNVIZ_IS_NOT(target);
		if (inside != NULL && !inside[i]) {
			continue;
		}
		count++;
		result.logit += (double)CNNVIZ_SIGN_OF(target)
				* column(logits, n, i)[index * positions];
		result.probability += exp(logits_log_probability(logits, n, i, target,
				activation, NULL));
	}
	result.probability /= (double)count;
	result.area = (double)own / (double)positions;
	return result;
}

/* ---- The best classes ------------------------------------------------------- */

/** Sums over the positions of an item, for one class */
struct tally {
	int64_t index;
	int64_t own;                       /* positions where it is the best class */
	double logit, probability;         /* sums over these positions */
	double any_logit, any_probability; /* sums over all positions */
};

static struct tally *count_classes(const cnnviz_tensor *logits, size_t n,
		enum activation activation)
{
	int64_t positions = logits_positions(logits), classes = class_total(logits);
	struct tally *tallies = memory_new((size_t)classes, sizeof(*tallies));

	for (int64_t c = 0; c < classes; c++) {
		tallies[c].index = c;
	}
	for (int64_t i = 0; i < positions; i++) {
		const struct scores scores = scores_at(logits, n, i, activation);
		int64_t best = best_class(logits, n, i);
		const struct log_sum all = log_sum(&scores, -1);

		for (int64_t c = 0; c < classes; c++) {
			double probability = class_probability(&scores, c, &all);

			tallies[c].any_logit += scores.values[c * positions];
			tallies[c].any_probability += probability;
			if (c == best) {
				tallies[c].own++;
				tallies[c].logit += scores.values[c * positions];
				tallies[c].probability += probability;
			}
		}
	}
	return tallies;
}

/** Classes that are present, then the background if it is present, then the others */
static int level_of(const struct tally *tally)
{
	return tally->own == 0 ? 2 : tally->index == 0;
}

static int compare_by_area(const void *left, const void *right)
{
	const struct tally *a = left, *b = right;
	int difference = level_of(a) - level_of(b);

	if (difference != 0) {
		return difference;
	}
	if (a->own != b->own) {
		return a->own > b->own ? -1 : 1;
	}
	if (a->any_probability != b->any_probability) {
		return a->any_probability > b->any_probability ? -1 : 1;
	}
	return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_by_logit(const void *left, const void *right)
{
	const struct tally *a = left, *b = right;

	if (a->any_logit != b->any_logit) {
		return a->any_logit > b->any_logit ? -1 : 1;
	}
	return a->index < b->index ? -1 : a->index > b->index;
}

int64_t logits_outcomes(int64_t classes, bool dense)
{
	return classes == 1 && !dense ? 2 : classes;
}

/** Both sides of a single class, the likelier one first */
static void rank_sides(const cnnviz_tensor *logits, size_t n, enum activation activation,
		size_t top, struct classification *results)
{
	bool there = best_class(logits, n, 0) == 0;

	for (size_t i = 0; i < top; i++) {
		results[i] = logits_class(logits, n,
				there == (i == 0) ? 0 : CNNVIZ_NOT(0), activation, NULL);
	}
}

void logits_rank(const cnnviz_tensor *logits, size_t n, enum activation activation,
		size_t top, struct classification *results)
{
	double positions = (double)logits_positions(logits);
	bool dense = logits_are_dense(logits);

	if (class_total(logits) == 1 && !dense) {
		rank_sides(logits, n, activation, top, results);
		return;
	}
	struct tally *tallies = count_classes(logits, n, activation);

	qsort(tallies, (size_t)class_total(logits), sizeof(*tallies),
			dense ? compare_by_area : compare_by_logit);
	for (size_t i = 0; i < top; i++) {
		const struct tally *tally = &tallies[i];
		bool seen = tally->own > 0;

		results[i] = (struct classification){
			.index = tally->index,
			.logit = seen ? tally->logit : tally->any_logit,
			.probability = seen ? tally->probability / (double)tally->own
					    : tally->any_probability / positions,
			.area = (double)tally->own / positions,
		};
	}
	free(tallies);
}

/**
 * \file    graph/logits.c
 * \brief   Evaluates logits: classes, their probabilities and their positions
 */
#include "graph/logits.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"

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

/** The best class at a position; of equal logits the lower one */
static int64_t best_class(const cnnviz_tensor *logits, size_t n, int64_t position)
{
	const float *values = column(logits, n, position);
	int64_t step = logits_positions(logits), count = class_total(logits), best = 0;

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

double logits_log_softmax(const cnnviz_tensor *logits, size_t n, int64_t position,
		int64_t index)
{
	const float *values = column(logits, n, position);
	int64_t step = logits_positions(logits), count = class_total(logits);
	double highest = values[0], sum = 0;

	for (int64_t c = 1; c < count; c++) {
		highest = fmax(highest, values[c * step]);
	}
	for (int64_t c = 0; c < count; c++) {
		sum += exp(values[c * step] - highest);
	}
	return values[index * step] - highest - log(sum);
}

/** Softmax of one place, whose values are step apart */
static void softmax(const float *values, int64_t count, int64_t step,
		float *probabilities)
{
	double highest = values[0], sum = 0;

	for (int64_t c = 1; c < count; c++) {
		highest = fmax(highest, values[c * step]);
	}
	for (int64_t c = 0; c < count; c++) {
		sum += exp(values[c * step] - highest);
	}
	for (int64_t c = 0; c < count; c++) {
		probabilities[c * step] = (float)(exp(values[c * step] - highest) / sum);
	}
}

void logits_softmax(const cnnviz_tensor *logits, float *probabilities)
{
	int64_t items = tensor_shape(logits)[0], positions = logits_positions(logits);
	int64_t size = class_total(logits) * positions;

	for (int64_t n = 0; n < items; n++) {
		for (int64_t i = 0; i < positions; i++) {
			softmax(column(logits, (size_t)n, i), class_total(logits),
					positions, probabilities + n * size + i);
		}
	}
}

struct classification logits_class(const cnnviz_tensor *logits, size_t n, int64_t index,
		const unsigned char *inside)
{
	struct classification result = { .index = index };
	int64_t positions = logits_positions(logits), count = 0, own = 0;

	for (int64_t i = 0; i < positions; i++) {
		own += best_class(logits, n, i) == index;
		if (inside != NULL && !inside[i]) {
			continue;
		}
		count++;
		result.logit += column(logits, n, i)[index * positions];
		result.probability += exp(logits_log_softmax(logits, n, i, index));
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

static struct tally *count_classes(const cnnviz_tensor *logits, size_t n)
{
	int64_t positions = logits_positions(logits), classes = class_total(logits);
	struct tally *tallies = memory_new((size_t)classes, sizeof(*tallies));

	for (int64_t c = 0; c < classes; c++) {
		tallies[c].index = c;
	}
	for (int64_t i = 0; i < positions; i++) {
		const float *values = column(logits, n, i);
		int64_t best = best_class(logits, n, i);
		double sum = values[0] - logits_log_softmax(logits, n, i, 0);

		for (int64_t c = 0; c < classes; c++) {
			double probability = exp(values[c * positions] - sum);

			tallies[c].any_logit += values[c * positions];
			tallies[c].any_probability += probability;
			if (c == best) {
				tallies[c].own++;
				tallies[c].logit += values[c * positions];
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

void logits_rank(const cnnviz_tensor *logits, size_t n, size_t top,
		struct classification *results)
{
	double positions = (double)logits_positions(logits);
	struct tally *tallies = count_classes(logits, n);

	qsort(tallies, (size_t)class_total(logits), sizeof(*tallies),
			logits_are_dense(logits) ? compare_by_area : compare_by_logit);
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

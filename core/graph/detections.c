/**
 * \file    graph/detections.c
 * \brief   What a detector's boxes and their logits say
 */
#include "graph/detections.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"

/** Boxes of one class that have more in common tell of one object. */
#define SAME_OBJECT 0.7

/* ---- One box ------------------------------------------------------------------- */

static int64_t box_count(const cnnviz_tensor *logits)
{
	return logits_positions(logits);
}

/** An item's logits of a class, one for each box */
static const float *class_logits(const cnnviz_tensor *logits, size_t n, int64_t index)
{
	return tensor_data(logits)
			+ ((int64_t)n * tensor_shape(logits)[1] + index)
			* box_count(logits);
}

void detections_box(const struct detections *detections, size_t n, int64_t number,
		double box[4])
{
	int64_t count = box_count(detections->logits);
	const float *values = tensor_data(detections->boxes) + (int64_t)n * 4 * count
			+ number;
	double width = (double)values[2 * count], height = (double)values[3 * count];

	box[0] = (double)values[0] - width / 2;
	box[1] = (double)values[count] - height / 2;
	box[2] = width;
	box[3] = height;
}

/** Intersection over union; 0 of boxes without an area */
static double overlap(const double a[4], const double b[4])
{
	double width = fmin(a[0] + a[2], b[0] + b[2]) - fmax(a[0], b[0]);
	double height = fmin(a[1] + a[3], b[1] + b[3]) - fmax(a[1], b[1]);
	double both = fmax(width, 0) * fmax(height, 0);

	return both > 0 ? both / (a[2] * a[3] + b[2] * b[3] - both) : 0;
}

/* ---- The box of a target --------------------------------------------------------- */

int64_t detections_best(const cnnviz_tensor *logits, size_t n, int64_t index)
{
	const float *values = class_logits(logits, n, index);
	int64_t best = 0;

	for (int64_t i = 1; i < box_count(logits); i++) {
		if (values[i] > values[best]) {
			best = i;
		}
	}
	return best;
}

int64_t detections_at(const struct detections *detections, size_t n, int64_t index,
		const double box[4])
{
	const float *values = class_logits(detections->logits, n, index);
	int64_t best = -1, nearest = -1;
	double most = 0;

	for (int64_t i = 0; i < box_count(detections->logits); i++) {
		double own[4], shared;

		detections_box(detections, n, i, own);
		shared = overlap(own, box);
		if (shared > most) {
			most = shared;
			nearest = i;
		}
		if (shared >= DETECTIONS_OVERLAP
				&& (best < 0 || values[i] > values[best])) {
			best = i;
		}
	}
	return best >= 0 ? best : nearest;
}

/* ---- The best ones ----------------------------------------------------------------- */

/** A class at a box */
struct candidate {
	int64_t index, number;
	float logit;
};

static int compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->logit != b->logit) {
		return a->logit > b->logit ? -1 : 1;
	}
	if (a->index != b->index) {
		return a->index < b->index ? -1 : 1;
	}
	return a->number < b->number ? -1 : a->number > b->number;
}

static struct classification describe(const struct detections *detections, size_t n,
		const struct candidate *candidate)
{
	int64_t count = box_count(detections->logits);
	unsigned char *inside = memory_new((size_t)count, sizeof(*inside));
	struct classification result;

	inside[candidate->number] = 1;
	result = logits_class(detections->logits, n, candidate->index,
			detections->activation, inside);
	detections_box(detections, n, candidate->number, result.box);
	free(inside);
	return result;
}

void detections_rank(const struct detections *detections, size_t n, size_t top,
		struct classification *results)
{
	size_t classes = (size_t)tensor_shape(detections->logits)[1];
	struct candidate *candidates = memory_new(classes, sizeof(*candidates));

	for (size_t c = 0; c < classes; c++) {
		int64_t number = detections_best(detections->logits, n, (int64_t)c);

		candidates[c] = (struct candidate){ (int64_t)c, number,
			class_logits(detections->logits, n, (int64_t)c)[number] };
	}
	qsort(candidates, classes, sizeof(*candidates), compare);
	for (size_t i = 0; i < top; i++) {
		results[i] = describe(detections, n, &candidates[i]);
	}
	free(candidates);
}

/** Each box with its best class, those with the highest logits first; new */
static struct candidate *list_boxes(const struct detections *detections, size_t n)
{
	int64_t count = box_count(detections->logits);
	struct candidate *candidates = memory_new((size_t)count, sizeof(*candidates));
	int64_t classes = tensor_shape(detections->logits)[1];

	for (int64_t i = 0; i < count; i++) {
		candidates[i] = (struct candidate){ 0, i,
			class_logits(detections->logits, n, 0)[i] };
		for (int64_t c = 1; c < classes; c++) {
			float logit = class_logits(detections->logits, n, c)[i];

			if (logit > candidates[i].logit) {
				candidates[i].index = c;
				candidates[i].logit = logit;
			}
		}
	}
	qsort(candidates, (size_t)count, sizeof(*candidates), compare);
	return candidates;
}

static bool is_told(const struct classification *results, size_t count, int64_t index,
		const double box[4])
{
	size_t i = 0;

	while (i < count
			&& (results[i].index != index
					|| overlap(results[i].box, box) <= SAME_OBJECT)) {
		i++;
	}
	return i < count;
}

size_t detections_list(const struct detections *detections, size_t n, size_t top,
		struct classification *results)
{
	struct candidate *candidates = list_boxes(detections, n);
	size_t found = 0;

	for (int64_t i = 0; i < box_count(detections->logits) && found < top; i++) {
		double box[4];

		detections_box(detections, n, candidates[i].number, box);
		if (!is_told(results, found, candidates[i].index, box)) {
			results[found++] = describe(detections, n, &candidates[i]);
		}
	}
	free(candidates);
	return found;
}

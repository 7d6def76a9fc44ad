/**
 * \file    graph/score.c
 * \brief   Common objectives of one item: its value, and its gradient
 */
#include "graph/score.h"

#include <math.h>
#include <string.h>

#include "base/tensor.h"

static double score_logit(const struct score_item *item)
{
	int64_t places = logits_positions(item->logits);
	int64_t index = CNNVIZ_CLASS_OF(item->target),
		sign = CNNVIZ_SIGN_OF(item->target);
	const float *values = tensor_data(item->logits)
			+ ((int64_t)item->n * tensor_shape(item->logits)[1] + index)
					* places;
	double sum = 0;

	for (int64_t i = 0; i < places; i++) {
		if (item->inside[i]) {
			sum += values[i];
		}
		if (item->inside[i] && item->gradient != NULL) {
			item->gradient[index * places + i] = (float)sign;
		}
	}
	return (double)sign * sum;
}

/** d p = p d log p. The logarithm does not underflow where p does. */
static double score_probability(const struct score_item *item, bool logarithm)
{
	int64_t places = logits_positions(item->logits);
	int64_t classes = tensor_shape(item->logits)[1], count = 0;
	double sum = 0;

	for (int64_t i = 0; i < places; i++) {
		count += item->inside[i];
	}
	for (int64_t i = 0; i < places; i++) {
		if (!item->inside[i]) {
			continue;
		}
		double chosen = logits_log_probability(item->logits, item->n, i,
				item->target, item->activation,
				item->gradient != NULL ? item->gradient + i : NULL);
		double slope = (logarithm ? 1 : exp(chosen)) / (double)count;

		sum += logarithm ? chosen : exp(chosen);
		for (int64_t c = 0; item->gradient != NULL && c < classes; c++) {
			float *gradient = &item->gradient[c * places + i];

			*gradient = (float)(slope * *gradient);
		}
	}
	return sum / (double)count;
}

double score_class(const struct score_item *item, enum score score)
{
	return score == SCORE_LOGIT
			? score_logit(item)
			: score_probability(item, score == SCORE_LOG_PROBABILITY);
}

double score_mean(const float *values, int64_t count, float *gradient)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += (double)values[i];
		if (gradient != NULL) {
			gradient[i] = (float)(1 / (double)count);
		}
	}
	return sum / (double)count;
}

double score_half_squared_norm(const float *values, int64_t count, float *gradient)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += (double)values[i] * (double)values[i];
	}
	if (gradient != NULL) {
		memcpy(gradient, values, (size_t)count * sizeof(*gradient));
	}
	return sum / 2;
}

/** With f and r, norms |f| and |r|, and c = f r / (|f| |r|): dc / df = (r / |r| - c f / |f|) / |f| */
double score_similarity(const float *values, const float *reference, int64_t count,
		float *gradient)
{
	double product = 0, own = 0, other = 0, cosine;

	for (int64_t i = 0; i < count; i++) {
		product += (double)values[i] * (double)reference[i];
		own += (double)values[i] * (double)values[i];
		other += (double)reference[i] * (double)reference[i];
	}
	own = sqrt(own);
	other = sqrt(other);
	cosine = own > 0 && other > 0 ? product / (own * other) : 0;
	for (int64_t i = 0; gradient != NULL && i < count; i++) {
		gradient[i] = own > 0 && other > 0
				? (float)(((double)reference[i] / other
							  - cosine * (double)values[i]
									  / own)
						/ own)
				: 0;
	}
	return cosine;
}

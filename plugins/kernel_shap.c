/**
 * \file    kernel_shap.c
 * \brief   Kernel SHAP: Shapley values of a picture's parts by weighted least squares
 *
 *     phi = argmin of  sum_z pi(z) (F(z) - F(0) - phi z)^2   with  sum phi = F(1) - F(0)
 *     pi(z) = (M - 1) / (C(M,|z|) |z| (M - |z|))
 *
 * where z says which of the M parts are there, F is the score with these alone, 1 the
 * picture and 0 the baseline.
 *
 * S. Lundberg, S.-I. Lee: A Unified Approach to Interpreting Model Predictions. 2017,
 * arXiv:1705.07874, section 4.1, theorem 2. The solution under the constraint, and pairs of
 * a sample and what it lacks: I. Covert, S.-I. Lee: Improving KernelSHAP. 2021,
 * arXiv:2012.01536, sections 3.1 and 4.2.
 *
 * Where there are no more than `samples` of them all z are taken, and phi is exact;
 * otherwise they are drawn by pi. captum draws always and single ones, and holds the sum by
 * a weight of a million; shap enumerates sizes as long as it can.
 */
#include "common/features.h"
#include "common/regression.h"

#include <math.h>
#include <stdlib.h>

/** Holds the values of parts together that samples do not tell apart */
#define RIDGE 1e-6

static const cnnviz_parameter parameters[] = {
	{ "samples", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "1000", .minimum = 2, .maximum = 1000000,
			.summary = "sets of parts, besides all and none; with as many as "
				   "there are (2^M - 2) the values are exact" },
	FEATURE_PARAMETERS("superpixels", "7"),
	PERTURBATION_PARAMETERS("logit"),
};

/** 1 / (k (M - k)) less a factor: pi of all sets with k parts together */
static double weight_of_size(int64_t parts, int64_t k)
{
	return 1 / ((double)k * (double)(parts - k));
}

/** All sets but none and all: bits of 1, 2, ... */
static void enumerate(int64_t parts, int64_t count, float *kept, double *weights)
{
	for (int64_t n = 0; n < count; n++) {
		int64_t size = 0;

		for (int64_t f = 0; f < parts; f++) {
			bool there = (n + 1) >> f & 1;

			kept[n * parts + f] = there ? 1 : 0;
			size += there ? 1 : 0;
		}
		double sets = 1; /* C(M,k) */

		for (int64_t k = 0; k < size; k++) {
			sets *= (double)(parts - k) / (double)(k + 1);
		}
		weights[n] = weight_of_size(parts, size) / sets;
	}
}

static double uniform(const struct perturbation *p)
{
	float unit = 0;

	p->host->random->uniform(p->random, 0, 1, 1, &unit);
	return unit;
}

static int64_t draw_size(const struct perturbation *p, int64_t parts)
{
	double total = 0, size_at = uniform(p);
	int64_t size = 1;

	for (int64_t k = 1; k < parts; k++) {
		total += weight_of_size(parts, k);
	}
	size_at = size_at * total - weight_of_size(parts, 1);
	while (size < parts - 1 && size_at >= 0) {
		size++;
		size_at -= weight_of_size(parts, size);
	}
	return size;
}

/** Sets of random size, each followed by the set of the other parts */
static void draw(const struct perturbation *p, int64_t parts, int64_t count, float *kept,
		double *weights)
{
	for (int64_t n = 0; n < count; n++) {
		float *z = kept + n * parts;

		weights[n] = 1;
		if (n % 2 == 1) {
			for (int64_t f = 0; f < parts; f++) {
				z[f] = 1 - z[f - parts];
			}
			continue;
		}
		/* Each part with the probability that the rest of the set needs it */
		int64_t missing = draw_size(p, parts);

		for (int64_t f = 0; f < parts; f++) {
			z[f] = uniform(p) * (double)(parts - f) < (double)missing ? 1 : 0;
			missing -= z[f] > 0 ? 1 : 0;
		}
	}
}

/**
 * \brief   A phi = b under the constraint: A^-1 (b - 1 (1 A^-1 b - sum) / (1 A^-1 1))
 *
 * \param   scores  Of none, of all, then of the sets
 * \param   room    Room for parts * parts numbers
 * \param   values  Room for 2 * parts; receives phi
 * \param   ridge   Added to A's diagonal
 */
static bool solve(const float *kept, const double *scores, const double *weights,
		int64_t count, int64_t parts, double ridge, double *room, double *values)
{
	double sum = 0, sum_of_ones = 0;
	double *ones = values + parts;

	for (int64_t i = 0; i < parts; i++) {
		ones[i] = 1;
		values[i] = 0;
		for (int64_t j = 0; j <= i; j++) {
			room[i * parts + j] = i == j ? ridge : 0;
		}
	}
	for (int64_t n = 0; n < count; n++) {
		const float *z = kept + n * parts;

		for (int64_t i = 0; i < parts; i++) {
			double scaled = weights[n] * z[i];

			values[i] += scaled * (scores[n + 2] - scores[0]);
			for (int64_t j = 0; j <= i && scaled != 0; j++) {
				room[i * parts + j] += scaled * z[j];
			}
		}
	}
	if (!regression_solve(room, parts, values, 2)) {
		return false;
	}
	for (int64_t i = 0; i < parts; i++) {
		sum += values[i];
		sum_of_ones += ones[i];
	}
	for (int64_t i = 0; i < parts; i++) {
		values[i] -= ones[i] * (sum - (scores[1] - scores[0])) / sum_of_ones;
	}
	return true;
}

/** Rows of kept: none, all, and count sets */
static cnnviz_status find_values(struct perturbation *p, const struct features *features,
		bool all, int64_t count, float *kept, double *values, float *map)
{
	int64_t parts = features->count;
	double *room = values + 2 * parts, *scores = room + parts * parts;
	double *weights = scores + count + 2;

	for (int64_t f = 0; f < parts; f++) {
		kept[parts + f] = 1;
	}
	if (all) {
		enumerate(parts, count, kept + 2 * parts, weights);
	} else {
		draw(p, parts, count, kept + 2 * parts, weights);
	}
	cnnviz_status status = features_score(p, features, count + 2, kept, scores);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (parts == 1) {
		values[0] = scores[1] - scores[0];
	} else if (!solve(kept + 2 * parts, scores, weights, count, parts, 0, room,
				   values)) {
		p->host->warn(p->job, p->item,
				"%lld samples do not tell %lld parts apart; give more "
				"samples, or fewer parts",
				(long long)count, (long long)parts);
		(void)solve(kept + 2 * parts, scores, weights, count, parts, RIDGE, room,
				values);
	}
	features_paint(p, features, values, map);
	return CNNVIZ_OK;
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	int64_t samples = p->host->parameter->integer(p->job, "samples");
	struct features features = { .count = 0 };
	float *kept = NULL;
	double *values = NULL;
	cnnviz_status status = features_find(p, &features);
	int64_t parts = features.count;
	bool all = parts < 30 && (INT64_C(1) << parts) - 2 <= samples;
	int64_t count = all ? (INT64_C(1) << parts) - 2 : samples;

	if (status == CNNVIZ_OK) {
		status = features_allocate(p, &features, count + 2, &kept);
	}
	if (status == CNNVIZ_OK) {
		status = perturbation_allocate(p, parts * (parts + 2) + 2 * count + 2,
				&values);
	}
	if (status == CNNVIZ_OK) {
		status = find_values(p, &features, all, count, kept, values, map);
	}
	free(features.labels);
	free(kept);
	free(values);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return perturbation_attribute(host, job, batch, explain, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("kernel_shap", "1.0"),
	.summary = "Kernel SHAP: Shapley values of parts by weighted least squares",
	.description = "What each part of the picture adds to the score, on average over "
		       "all "
		       "orders in which parts can be added to the baseline. The values "
		       "sum "
		       "to the change of the score from the baseline to the picture. "
		       "Needs "
		       "one pass for each sample.",
	.reference = "Lundberg, Lee 2017, A Unified Approach to Interpreting Model "
		     "Predictions, arXiv:1705.07874, section 4.1; Covert, Lee 2021, "
		     "Improving KernelSHAP, arXiv:2012.01536",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = features_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)

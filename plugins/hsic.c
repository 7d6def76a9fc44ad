/**
 * \file    hsic.c
 * \brief   HSIC: how much the score depends on whether a part is there
 *
 *     H_f = 1 / (n - 1)^2 * trace(K_f C L C),   C = I - 1/n
 *
 * for n random masks that keep each part with probability 1/2: K_f = 1 + 1/2 - (z - z')^2
 * tells whether two masks agree on part f, L = exp(-(F - F')^2 / (2 s^2)) whether their
 * scores are near, where s is the median score.
 *
 * P. Novello, T. Fel, D. Vigouroux: Making Sense of Dependence: Efficient Black-box
 * Explanations Using Dependence Measure. 2022, NeurIPS, arXiv:2206.06219.
 *
 * Differences to the paper and xplique: masks come from the job's random numbers rather than
 * a Latin hypercube or a Sobol' sequence; xplique divides by n alone. The constants in K
 * vanish in the product, which is 2 z C L C z.
 */
#include "common/features.h"

#include <math.h>
#include <stdlib.h>

static const cnnviz_parameter parameters[] = {
	{ "masks", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "500", .minimum = 2, .maximum = 20000,
			.summary = "random masks for each picture; the paper takes "
				   "1500" },
	FEATURE_PARAMETERS("grid", "7"),
	PERTURBATION_PARAMETERS("probability"),
};

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/** The middle of the values; sorted has room for them */
static double median(const double *values, int64_t count, double *sorted)
{
	for (int64_t i = 0; i < count; i++) {
		sorted[i] = values[i];
	}
	qsort(sorted, (size_t)count, sizeof(*sorted), compare);
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/** C L C, (n,n); means has room for n */
static void center_kernel(const double *scores, int64_t n, double *means, double *kernel)
{
	double width = median(scores, n, means), mean = 0;

	for (int64_t i = 0; i < n; i++) {
		means[i] = 0;
		for (int64_t j = 0; j < n; j++) {
			double apart = scores[i] - scores[j];

			/* Where s = 0, only equal scores are near. */
			kernel[i * n + j] = apart == 0
					? 1
					: exp(-apart * apart / (2 * width * width));
			means[i] += kernel[i * n + j] / (double)n;
		}
		mean += means[i] / (double)n;
	}
	for (int64_t i = 0; i < n; i++) {
		for (int64_t j = 0; j < n; j++) {
			kernel[i * n + j] += mean - means[i] - means[j];
		}
	}
}

/** 2 z C L C z / (n - 1)^2 for part f */
static double dependence(const float *kept, const double *kernel, int64_t n,
		int64_t parts, int64_t f)
{
	double sum = 0;

	for (int64_t i = 0; i < n; i++) {
		for (int64_t j = 0; j < n && kept[i * parts + f] > 0; j++) {
			sum += kernel[i * n + j] * kept[j * parts + f];
		}
	}
	/* Not below 0 but by rounding */
	return sum > 0 ? 2 * sum / ((double)(n - 1) * (double)(n - 1)) : 0;
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	int64_t n = p->host->parameter->integer(p->job, "masks");
	struct features features = { .count = 0 };
	float *kept = NULL;
	double *scores = NULL;
	cnnviz_status status = features_find(p, &features);
	int64_t parts = features.count;

	if (status == CNNVIZ_OK) {
		status = features_allocate(p, &features, n, &kept);
	}
	if (status == CNNVIZ_OK) {
		status = perturbation_allocate(p, n * (n + 2) + parts, &scores);
	}
	if (status == CNNVIZ_OK) {
		p->host->random->uniform(p->random, 0, 1, n * parts, kept);
		for (int64_t i = 0; i < n * parts; i++) {
			kept[i] = kept[i] < 0.5f ? 1 : 0;
		}
		status = features_score(p, &features, n, kept, scores);
	}
	if (status == CNNVIZ_OK) {
		double *values = scores + n, *kernel = values + parts;

		center_kernel(scores, n, kernel + n * n, kernel);
		for (int64_t f = 0; f < parts; f++) {
			values[f] = dependence(kept, kernel, n, parts, f);
		}
		features_paint(p, &features, values, map);
	}
	free(features.labels);
	free(kept);
	free(scores);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return perturbation_attribute(host, job, batch, explain, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("hsic", "1.0"),
	.summary = "HSIC: how much the score depends on whether a part is there",
	.description = "Hides random halves of the picture's parts and measures by "
		       "kernels "
		       "how far the score depends on each: also where it rises with one "
		       "and falls with another. Values have no sign. Needs one pass for "
		       "each mask.",
	.reference = "Novello, Fel, Vigouroux 2022, Making Sense of Dependence: "
		     "Efficient "
		     "Black-box Explanations Using Dependence Measure, arXiv:2206.06219",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.check = features_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)

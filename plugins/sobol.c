/**
 * \file    sobol.c
 * \brief   Sobol' indices: each part's share in the variance of the score
 *
 *     total  T_f = mean (F(A) - F(C_f))^2 / (2 var F)
 *     first  S_f = 1 - mean (F(B) - F(C_f))^2 / (2 var F)
 *
 * where A and B are `designs` random masks with a value from 0 to 1 for each part of the
 * picture, and C_f is A with part f as in B. T_f has all that part f takes part in, S_f
 * what it does alone.
 *
 * T. Fel, R. Cadene et al.: Look at the Variance! Efficient Black-box Explanations with
 * Sobol-based Sensitivity Analysis. 2021, NeurIPS, arXiv:2111.04138. Estimators:
 * M. Jansen: Analysis of variance designs for model output. 1999,
 * DOI 10.1016/S0010-4655(98)00154-4.
 *
 * Differences to the paper and xplique: A and B are Latin hypercubes from the job's random
 * numbers rather than a Sobol' sequence, the same for any number of parts; F(B), which T
 * does not need, is not computed for it; the map shows parts as they are, not smoothed.
 */
#include "common/features.h"

#include <stdlib.h>

enum index { TOTAL, FIRST };

static const char *const indices[] = { "total", "first", NULL };

static const cnnviz_parameter parameters[] = {
	{ "designs", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "32", .minimum = 2, .maximum = 100000,
			.summary = "random masks; each needs a pass for each part" },
	{ "index", CNNVIZ_PARAMETER_ENUM, .default_value = "total", .choices = indices,
			.summary = "with or without what a part does together with "
				   "others" },
	FEATURE_PARAMETERS("grid", "7"),
	PERTURBATION_PARAMETERS("logit"),
};

struct sobol {
	struct features features;
	int64_t designs;
	bool first;          /* index = first */
	double *a, *b;       /* (designs, parts) */
	double *of_a, *of_b; /* F(A), F(B) */
	double *squares;     /* parts: sums of squared differences */
};

/** One value in each designs-th of 0..1, in random order, for each part */
static void draw_hypercube(const struct perturbation *p, int64_t designs, int64_t parts,
		double *values)
{
	for (int64_t f = 0; f < parts; f++) {
		for (int64_t n = 0; n < designs; n++) {
			float units[2] = { 0, 0 };

			p->host->random->uniform(p->random, 0, 1, 2, units);
			int64_t other = (int64_t)((double)units[0] * (double)(n + 1));

			values[n * parts + f] = values[other * parts + f];
			values[other * parts + f] = ((double)n + (double)units[1])
					/ (double)designs;
		}
	}
}

/** A, then B if it is needed, then C_f for each part f */
static void mask(struct perturbation *p, int64_t k, float *mask)
{
	const struct sobol *sobol = p->context;
	int64_t parts = sobol->features.count, begin = sobol->first ? 2 : 1;
	int64_t block = k / sobol->designs, n = k % sobol->designs;
	const double *a = sobol->a + n * parts, *b = sobol->b + n * parts;

	for (int64_t i = 0; i < p->area; i++) {
		int32_t f = sobol->features.labels[i];
		bool from_b = block < begin ? block == 1 : f == block - begin;

		mask[i] = (float)(from_b ? b[f] : a[f]);
	}
}

static void take(struct perturbation *p, int64_t k, const float *mask, double score)
{
	struct sobol *sobol = p->context;
	int64_t begin = sobol->first ? 2 : 1;
	int64_t block = k / sobol->designs, n = k % sobol->designs;

	(void)mask;
	if (block == 0) {
		sobol->of_a[n] = score;
	} else if (block < begin) {
		sobol->of_b[n] = score;
	} else {
		double change = (sobol->first ? sobol->of_b[n] : sobol->of_a[n]) - score;

		sobol->squares[block - begin] += change * change;
	}
}

static double variance(const double *values, int64_t count)
{
	double mean = 0, squares = 0;

	for (int64_t i = 0; i < count; i++) {
		mean += values[i] / (double)count;
	}
	for (int64_t i = 0; i < count; i++) {
		squares += (values[i] - mean) * (values[i] - mean);
	}
	return squares / (double)(count - 1);
}

/** Score all masks; squares become indices */
static cnnviz_status find_indices(struct perturbation *p)
{
	struct sobol *sobol = p->context;
	int64_t parts = sobol->features.count, designs = sobol->designs;

	draw_hypercube(p, designs, parts, sobol->a);
	draw_hypercube(p, designs, parts, sobol->b);
	p->mask = mask;
	p->take = take;
	cnnviz_status status = perturbation_run(p,
			designs * (parts + (sobol->first ? 2 : 1)));
	double all = 2 * (double)designs * variance(sobol->of_a, designs);

	for (int64_t f = 0; f < parts && status == CNNVIZ_OK; f++) {
		/* A score that never changes depends on no part. */
		double share = all > 0 ? sobol->squares[f] / all : 0;

		/* An estimate may lie below 0 */
		sobol->squares[f] = sobol->first && all > 0 ? (share < 1 ? 1 - share : 0)
							    : share;
	}
	return status;
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	struct sobol sobol = {
		.designs = p->host->parameter->integer(p->job, "designs"),
		.first = p->host->parameter->integer(p->job, "index") == FIRST,
	};
	cnnviz_status status = features_find(p, &sobol.features);
	int64_t parts = sobol.features.count;

	p->context = &sobol;
	if (status == CNNVIZ_OK) {
		status = perturbation_allocate(p, 2 * sobol.designs * (parts + 1) + parts,
				&sobol.a);
	}
	if (status == CNNVIZ_OK) {
		sobol.b = sobol.a + sobol.designs * parts;
		sobol.of_a = sobol.b + sobol.designs * parts;
		sobol.of_b = sobol.of_a + sobol.designs;
		sobol.squares = sobol.of_b + sobol.designs;
		status = find_indices(p);
	}
	if (status == CNNVIZ_OK) {
		features_paint(p, &sobol.features, sobol.squares, map);
	}
	free(sobol.features.labels);
	free(sobol.a);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return perturbation_attribute(host, job, batch, explain, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("sobol", "1.0"),
	.summary = "Sobol' indices: each part's share in the variance of the score",
	.description = "Fades the parts of the picture at random and asks which part the "
		       "changes of the score come from: with what it does together with "
		       "others (total) or alone (first). Values have no sign. Needs "
		       "designs x (parts + 1) passes, one design more for first.",
	.reference = "Fel, Cadene et al. 2021, Look at the Variance! Efficient Black-box "
		     "Explanations with Sobol-based Sensitivity Analysis, "
		     "arXiv:2111.04138; "
		     "Jansen 1999, DOI 10.1016/S0010-4655(98)00154-4",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.check = features_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)

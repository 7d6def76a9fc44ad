/**
 * \file    shapley_sampling.c
 * \brief   Shapley values of a picture's parts from random orders
 *
 *     phi_f = mean over orders of  F(parts before f, and f) - F(parts before f)
 *
 * where F is the score with some parts of the picture, the rest being the baseline.
 *
 * E. Strumbelj, I. Kononenko: An Efficient Explanation of Individual Classifications using
 * Game Theory. 2010, JMLR 11, section 3.2; J. Castro, D. Gomez, J. Tejada: Polynomial
 * calculation of the Shapley value based on sampling. 2009, DOI 10.1016/j.cor.2008.04.004.
 *
 * One random order serves all parts (Castro et al.), as in captum's ShapleyValueSampling;
 * all orders are known before the first pass, so that passes are full. For any number of
 * orders the values sum to F(x) - F(baseline).
 */
#include "common/features.h"

#include <stdlib.h>

static const cnnviz_parameter parameters[] = {
	{ "orders", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "25", .minimum = 1, .maximum = 100000,
			.summary = "random orders; each needs a pass for each part" },
	FEATURE_PARAMETERS("superpixels", "7"),
	PERTURBATION_PARAMETERS("logit"),
};

struct sampling {
	struct features features;
	double *orders; /* (orders, parts): the part at each place */
	double *places; /* parts: each one's place in the order of the last mask */
	double *values; /* sums of what each part adds */
	double nothing; /* F(baseline) */
	double before;  /* the last score */
};

/** Fisher and Yates' shuffle */
static void draw_order(const struct perturbation *p, int64_t parts, double *order)
{
	for (int64_t f = 0; f < parts; f++) {
		float unit = 0;

		p->host->random->uniform(p->random, 0, 1, 1, &unit);
		int64_t other = (int64_t)((double)unit * (double)(f + 1));

		order[f] = order[other];
		order[other] = (double)f;
	}
}

/** The baseline, then in each order one part more from mask to mask */
static void mask(struct perturbation *p, int64_t k, float *mask)
{
	struct sampling *sampling = p->context;
	int64_t parts = sampling->features.count, last = (k - 1) % parts;
	const double *order = sampling->orders + (k - 1) / parts * parts;

	for (int64_t f = 0; f < parts && k > 0; f++) {
		sampling->places[(int64_t)order[f]] = (double)f;
	}
	for (int64_t i = 0; i < p->area; i++) {
		double place = sampling->places[sampling->features.labels[i]];

		mask[i] = k > 0 && place <= (double)last ? 1 : 0;
	}
}

static void take(struct perturbation *p, int64_t k, const float *mask, double score)
{
	struct sampling *sampling = p->context;
	int64_t parts = sampling->features.count;

	(void)mask;
	if (k == 0) {
		sampling->nothing = score;
		return;
	}
	double before = (k - 1) % parts == 0 ? sampling->nothing : sampling->before;

	sampling->values[(int64_t)sampling->orders[k - 1]] += score - before;
	sampling->before = score;
}

/** Draw the orders, and average what each part adds */
static cnnviz_status sample(struct perturbation *p, int64_t orders)
{
	struct sampling *sampling = p->context;
	int64_t parts = sampling->features.count;

	sampling->places = sampling->orders + orders * parts;
	sampling->values = sampling->places + parts;
	for (int64_t n = 0; n < orders; n++) {
		draw_order(p, parts, sampling->orders + n * parts);
	}
	p->mask = mask;
	p->take = take;
	cnnviz_status status = perturbation_run(p, 1 + orders * parts);

	for (int64_t f = 0; f < parts; f++) {
		sampling->values[f] /= (double)orders;
	}
	return status;
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	int64_t orders = p->host->parameter->integer(p->job, "orders");
	struct sampling sampling = { .orders = NULL };
	cnnviz_status status = features_find(p, &sampling.features);

	p->context = &sampling;
	if (status == CNNVIZ_OK) {
		status = perturbation_allocate(p, (orders + 2) * sampling.features.count,
				&sampling.orders);
	}
	if (status == CNNVIZ_OK) {
		status = sample(p, orders);
	}
	if (status == CNNVIZ_OK) {
		features_paint(p, &sampling.features, sampling.values, map);
	}
	free(sampling.features.labels);
	free(sampling.orders);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return perturbation_attribute(host, job, batch, explain, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("shapley_sampling", "1.0"),
	.summary = "Shapley values of a picture's parts from random orders",
	.description = "Adds the picture's parts to the baseline in random orders and "
		       "averages what each adds to the score. The values sum to the "
		       "change "
		       "of the score from the baseline to the picture. Equal to captum's "
		       "ShapleyValueSampling with the same orders.",
	.reference = "Strumbelj, Kononenko 2010, An Efficient Explanation of Individual "
		     "Classifications using Game Theory, JMLR 11, section 3.2; Castro et "
		     "al. 2009, DOI 10.1016/j.cor.2008.04.004",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = features_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)

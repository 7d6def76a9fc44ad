/**
 * \file    lime.c
 * \brief   LIME: a linear model of the score, fitted near the picture
 *
 *     v = argmin over v, c of  sum_k pi(z_k) (F(z_k) - c - v z_k)^2 + Omega(v)
 *
 * where z_k says which parts of the picture are there, each with probability 1/2 (z_1: all
 * of them), F is the score with these parts alone, and pi(z) = sqrt(exp(-D^2 / sigma^2)),
 * D being the cosine distance of z to the whole picture and sigma `kernel_width`. The map
 * shows v. Omega is alpha |v|^2 (ridge) or, with the loss as a weighted mean by 2, alpha
 * |v|_1 (lasso).
 *
 * M. Ribeiro, S. Singh, C. Guestrin: "Why Should I Trust You?" Explaining the Predictions
 * of Any Classifier. 2016, arXiv:1602.04938, sections 3.3 to 3.5.
 *
 * Kernel, width and ridge are those of the authors' lime_image, which by default shows all
 * parts, too; the paper chooses K of them by lasso. Parts here come from SLIC, there from
 * quick shift. captum's Lime gives the same v for the same samples and kernel.
 */
#include "common/features.h"
#include "common/regression.h"

#include <math.h>
#include <stdlib.h>

enum model { RIDGE, LASSO };

static const char *const models[] = { "ridge", "lasso", NULL };

static const cnnviz_parameter parameters[] = {
	{ "samples", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "1000", .minimum = 2, .maximum = 1000000,
			.summary = "pictures with random parts, the whole one included" },
	{ "model", CNNVIZ_PARAMETER_ENUM, .default_value = "ridge", .choices = models,
			.summary = "what keeps the linear model simple: squares of its "
				   "coefficients or their magnitudes" },
	{ "alpha", CNNVIZ_PARAMETER_FLOAT, .default_value = "1", .minimum = 0,
			.maximum = 1000000,
			.summary = "how much; for lasso 0.001 is a good start" },
	{ "kernel_width", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.25",
			.minimum = 0.001, .maximum = 1000, .unit = "cosine distance",
			.summary = "how far from the picture samples count" },
	FEATURE_PARAMETERS("superpixels", "7"),
	PERTURBATION_PARAMETERS("probability"),
};

/** z, (samples, parts), and pi(z) */
static void draw(const struct perturbation *p, int64_t samples, int64_t parts,
		float *kept, double *weights)
{
	double width = p->host->parameter->real(p->job, "kernel_width");

	p->host->random->uniform(p->random, 0, 1, (samples - 1) * parts, kept + parts);
	for (int64_t k = 0; k < samples; k++) {
		double there = 0;

		for (int64_t f = 0; f < parts; f++) {
			float *z = &kept[k * parts + f];

			*z = k == 0 || *z < 0.5f ? 1 : 0;
			there += *z;
		}
		double distance = 1 - sqrt(there / (double)parts);

		weights[k] = sqrt(exp(-distance * distance / (width * width)));
	}
}

static cnnviz_status fit(const struct perturbation *p,
		const struct regression *regression, double *room, double *coefficients)
{
	double alpha = p->host->parameter->real(p->job, "alpha");

	if (p->host->parameter->integer(p->job, "model") == LASSO) {
		regression_lasso(regression, alpha, room, coefficients);
		return CNNVIZ_OK;
	}
	return regression_ridge(regression, alpha, room, coefficients)
			? CNNVIZ_OK
			: p->host->fail(p->job, CNNVIZ_ERROR_INPUT,
					"%lld samples do not tell %lld parts apart; give "
					"more samples, or a positive alpha",
					(long long)regression->count,
					(long long)regression->size);
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	int64_t samples = p->host->parameter->integer(p->job, "samples");
	struct features features = { .count = 0 };
	float *kept = NULL;
	double *numbers = NULL;
	cnnviz_status status = features_find(p, &features);
	int64_t parts = features.count;

	if (status == CNNVIZ_OK) {
		status = features_allocate(p, &features, samples, &kept);
	}
	if (status == CNNVIZ_OK) {
		status = perturbation_allocate(p, 2 * samples + parts * (parts + 2),
				&numbers);
	}
	if (status == CNNVIZ_OK) {
		double *scores = numbers, *weights = scores + samples;
		double *coefficients = weights + samples, *room = coefficients + parts;
		const struct regression regression = {
			.count = samples,
			.size = parts,
			.x = kept,
			.y = scores,
			.weights = weights,
		};

		draw(p, samples, parts, kept, weights);
		status = features_score(p, &features, samples, kept, scores);
		if (status == CNNVIZ_OK) {
			status = fit(p, &regression, room, coefficients);
		}
		if (status == CNNVIZ_OK) {
			features_paint(p, &features, coefficients, map);
		}
	}
	free(features.labels);
	free(kept);
	free(numbers);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return perturbation_attribute(host, job, batch, explain, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("lime", "1.0"),
	.summary = "LIME: a linear model of the score, fitted near the picture",
	.description = "Hides random halves of the picture's parts and fits a linear "
		       "model "
		       "to the scores, in which samples near the picture count more. The "
		       "map shows its coefficients. Needs one pass for each sample.",
	.reference = "Ribeiro, Singh, Guestrin 2016, \"Why Should I Trust You?\" "
		     "Explaining "
		     "the Predictions of Any Classifier, arXiv:1602.04938, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = features_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)
